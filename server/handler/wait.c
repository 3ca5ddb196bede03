#define _POSIX_C_SOURCE 200809L

#include "server/handler/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/select.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "shm/table/slot.h"
#include "shm/table/types.h"

/* ---- SIGUSR1 */

/* The handler of a client that only talks waits in read(2), because a pselect(2) before it would
 * cost one more system call for each request. SIGUSR1 must end that read(2), even one that has not
 * begun, so the signal handler makes the connection non-blocking. From then on the handler polls.
 * (If the system sends no signal when the parent ends, the handler polls from the start.) */
static struct session *own;
static pid_t parent_pid;

static void on_call(int signal)
{
    int saved = errno;

    (void)signal;
    if (getpid() == parent_pid) /* else every later handler would inherit the flag */
        return;
    own->called = 1;
    if (own->fd >= 0)
        (void)fcntl(own->fd, F_SETFL, O_NONBLOCK);
    errno = saved;
}

void wait_prepare(struct session *session)
{
    struct sigaction action = {.sa_handler = on_call, .sa_flags = SA_RESTART};

    own = session;
    parent_pid = getpid();
    own->fd = -1;
    sigaction(SIGUSR1, &action, NULL);
}

void wait_start_polling(struct session *session)
{
    sigset_t call;

    if (session->polling)
        return;
    session->polling = true;
    sigemptyset(&call);
    sigaddset(&call, SIGUSR1);
    sigprocmask(SIG_BLOCK, &call, &session->waiting);
    (void)fcntl(session->fd, F_SETFL, O_NONBLOCK);
}

/* ---- the end of the session */

static struct timespec time_of(int64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / CLOCK_S), .tv_nsec = (long)(ns % CLOCK_S)};
}

/* A kick is marked in the table. */
static void look_for_kick(struct session *session)
{
    if (session->phase < PARTING && slot_is_kicked(&session->slot))
        state_part(session, LEFT_KICKED);
}

/* Sleeps for at most `ns`, or until SIGUSR1 or the parent's end. Returns whether the parent has
 * ended. */
static bool sleep_beside_parent(struct session *session, int64_t ns)
{
    struct timespec time = time_of(ns);
    int highest = -1;
    fd_set read;

    FD_ZERO(&read);
    descriptors_add(session->lifeline, &read, &highest);
    return pselect(highest + 1, &read, NULL, NULL, &time, &session->waiting) > 0;
}

static bool parent_has_ended(const struct session *session)
{
    struct pollfd lifeline = {.fd = session->lifeline, .events = POLLIN};

    return poll(&lifeline, 1, 0) > 0;
}

bool wait_or_part(struct session *session, int ms)
{
    int64_t until = ms > 0 ? clock_now() + ms * CLOCK_MS : 0;

    if (ms > 0) /* before the look at the table: a kick after that look ends the sleep */
        wait_start_polling(session);
    for (;;) {
        int64_t left = ms > 0 ? until - clock_now() : 0;

        look_for_kick(session);
        if (session->phase < PARTING &&
            (left > 0 ? sleep_beside_parent(session, left) : parent_has_ended(session)))
            state_part(session, LEFT_SHUTDOWN);
        if (session->phase >= PARTING || left <= 0)
            return session->phase < PARTING;
    }
}

bool wait_is_shutdown(struct session *session)
{
    return !wait_or_part(session, 0) && session->why == LEFT_SHUTDOWN;
}

/* ---- the client */

/* What a wait has found ready. */
struct ready {
    bool client, parent;
};

/* In milliseconds, rounded up. */
static int ms_of(int64_t ns)
{
    return ns < 0 ? -1 : ns / CLOCK_MS < INT_MAX ? (int)((ns + CLOCK_MS - 1) / CLOCK_MS) : INT_MAX;
}

/* The same as wait_selecting for a handler that joined and waits for its client to send. */
static int wait_watching(struct session *session, int64_t ns, struct ready *ready)
{
    int found[BELL_READY];
    int count = bell_wait(session->watch, ms_of(ns), &session->waiting, found);

    for (int i = 0; i < count; i++) {
        ready->client |= found[i] == session->fd;
        ready->parent |= found[i] == session->lifeline;
        session->woken |= found[i] < 0;
    }
    session->woken &= !ready->client; /* a request goes first, and a look at the table follows it */
    return count < 0 && errno != EINTR ? -1 : 0;
}

/* One pselect(2), for at most `ns` (-1: for ever). SIGUSR1 (look at the table) is unblocked only
 * here, and ends the call, too. */
static int wait_selecting(struct session *session, short events, int64_t ns, struct ready *ready)
{
    struct timespec time = time_of(ns);
    bool parting = session->phase >= PARTING;
    int highest = -1, count;
    fd_set read, write;

    FD_ZERO(&read);
    FD_ZERO(&write);
    descriptors_add(session->fd, events == POLLIN ? &read : &write, &highest);
    descriptors_add(parting ? -1 : session->lifeline, &read, &highest);
    count = pselect(highest + 1, &read, &write, NULL, ns < 0 ? NULL : &time, &session->waiting);
    ready->client = count > 0 &&
                    (descriptors_have(&read, session->fd) || descriptors_have(&write, session->fd));
    ready->parent = count > 0 && !parting && descriptors_have(&read, session->lifeline);
    return count < 0 && errno != EINTR ? -1 : 0;
}

static int wait_once(struct session *session, short events, int64_t ns, struct ready *ready)
{
    if (session->wants_wakeup && session->watch >= 0 && session->phase < PARTING &&
        events == POLLIN)
        return wait_watching(session, ns, ready);
    return wait_selecting(session, events, ns, ready);
}

int wait_for(struct session *session, short events, int64_t timeout)
{
    int64_t until = timeout < 0 ? INT64_MAX : clock_now() + timeout * CLOCK_MS;

    wait_start_polling(session);
    session->woken = false;
    for (;;) {
        bool was_parting = session->phase >= PARTING;
        struct ready ready = {false, false};
        int64_t end = was_parting && session->part_by < until ? session->part_by : until;
        int64_t left = end == INT64_MAX ? -1 : end - clock_now();

        if (left < 0 && end != INT64_MAX)
            left = 0;
        look_for_kick(session);
        if (was_parting == (session->phase >= PARTING) &&
            wait_once(session, events, left, &ready) != 0)
            return -1;
        look_for_kick(session);
        if (ready.parent)
            state_part(session, LEFT_SHUTDOWN);
        if (!was_parting && session->phase >= PARTING && events == POLLIN)
            return 0;
        /* checked even if bytes are always ready: a fast sender gets no more time than a slow one
         * */
        if (session->phase >= PARTING && clock_now() >= session->part_by) {
            errno = ECANCELED;
            return -1;
        }
        if (ready.client || session->woken)
            return 0;
        if (end != INT64_MAX && clock_now() >= end) {
            errno = end == until ? ETIMEDOUT : ECANCELED;
            return -1;
        }
    }
}
