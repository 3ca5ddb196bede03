#define _POSIX_C_SOURCE 200809L

#include "server/parent/admit.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/events.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/parent/queue.h"
#include "server/parent/reaper.h"
#include "server/parent/visiting.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "shm/table/registry.h"
#include "shm/table/types.h"

static void pause_accepting(struct parent *parent)
{
    parent->pause_until = clock_now() + LIMIT_ACCEPT_REST_MS * CLOCK_MS;
}

static void refuse(struct parent *parent, int fd, enum refusal_form form, enum refused_why why)
{
    refusal_send(&parent->refusal, parent->table, fd, form, why);
}

/* No descriptor is left: the parent frees its reserve and all held refused connections, accepts one
 * client, and refuses it. */
static void refuse_without_descriptor(struct parent *parent, int listener, enum refusal_form form)
{
    int fd;

    refusal_close(&parent->refusal, parent->table);
    if (parent->reserve >= 0)
        close(parent->reserve);
    fd = platform_accept(listener, NULL, NULL);
    if (fd >= 0)
        refuse(parent, fd, form, REFUSED_DESCRIPTORS);
    refusal_close(&parent->refusal, parent->table);
    parent_keep_reserve(parent);
    if (fd < 0)
        pause_accepting(parent);
}

/* Handles a failed accept. Returns whether to accept the next client now. */
static bool cannot_accept(struct parent *parent, int listener, enum refusal_form form)
{
    if (errno == ECONNABORTED || errno == EINTR)
        return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
    if (errno == EMFILE || errno == ENFILE) {
        refuse_without_descriptor(parent, listener, form);
        return false;
    }
    event_not_accepted(errno);
    pause_accepting(parent);
    return false;
}

/* A client that has read its last line keeps its slot until its handler is reaped, so the parent
 * waits for that before it refuses with "full". It waits only once until the next handler is
 * reaped, so that a handler that never ends does not slow down every refusal. */
static uint32_t find_slot(struct parent *parent)
{
    uint32_t slot = slots_lowest(&parent->slots);

    for (int waited = 0; slot == SLOTS_NONE && !parent->waited_in_vain; waited++) {
        bool leaving = false;

        for (uint32_t i = 0; i < parent->slots.top && !leaving; i++)
            leaving = registry_slot_is_empty(parent->table, i);
        if (!leaving)
            break;
        recovery_pause_ms(1);
        reaper_run(parent, true);
        slot = slots_lowest(&parent->slots);
        parent->waited_in_vain = waited >= LIMIT_FULL_WAIT_MS;
    }
    return slot;
}

enum { KEPT = 9 + BELL_GROUPS }; /* descriptors of a handler, -1 for none */

/* The child has a copy of the stack, but perhaps not of *parent. Writing to a page that parent and
 * child share costs a page fault. */
static pid_t fork_handler(const struct parent *parent, const struct admitted *admitted)
{
    int keep[KEPT] = {parent->share,      parent->inbox->fd,   parent->bell->room,
                      admitted->lifeline, parent->requests[1], admitted->fd,
                      log_descriptor(),   parent->journal,     log_directory()};
    size_t kept = 9;
    int highest = parent_highest_descriptor(parent);
    pid_t pid;

    for (uint32_t i = 0; i < parent->bell->groups; i++)
        keep[kept++] = parent->bell->group[i];
    pid = platform_fork();
    /* a copy of the lifeline's write end would hide the parent's death, and a copy of a listening
     * socket would keep the port in use */
    if (pid == 0)
        platform_close_all_but(keep, kept, highest);
    return pid;
}

/* Forks the handler of a client that is let in. Returns as admit_next. */
static int begin_session(struct parent *parent, const struct admitted *admitted)
{
    pid_t pid = fork_handler(parent, admitted);

    if (pid < 0) { /* an ended child counts as a process until it is reaped */
        reaper_run(parent, true);
        pid = fork_handler(parent, admitted);
    }
    if (pid == 0)
        return ADMIT_CLIENT;
    if (pid < 0) {
        refuse(parent, admitted->fd, refusal_form_of(admitted->via), REFUSED_PROCESSES);
        pause_accepting(parent);
        return -1;
    }
    close(admitted->fd);
    slots_take(&parent->slots, admitted->slot,
               &(struct slot_entry){.pid = pid,
                                    .serial = ++parent->serial,
                                    .entered = admission_enter(&parent->admission, &admitted->peer),
                                    .via = (uint8_t)admitted->via,
                                    .peer = admitted->peer,
                                    .connected = admitted->connected});
    registry_count_accepted(parent->table);
    if (parent->recorder.channel >= 0) /* else that code need not be touched */
        recorder_arrived(&parent->recorder, parent->table, admitted, pid, parent->asks_key);
    return 0;
}

/* Gives a client the slot, and its handler. Returns as admit_next. */
static int let_in(struct parent *parent, uint32_t slot, struct admitted *admitted)
{
    if (slot >= parent->slots.top) /* before any client can list the slots */
        registry_set_top(parent->table, slot + 1);
    admitted->slot = slot;
    peer_text(&admitted->peer, admitted->from);
    clock_local(admitted->when, (time_t)admitted->connected);
    return begin_session(parent, admitted);
}

static void describe(const struct parent *parent, int fd, const struct peer *peer, uint32_t via,
                     int64_t now, struct admitted *admitted)
{
    *admitted = (struct admitted){.fd = fd,
                                  .via = via,
                                  .lifeline = parent->lifeline[0],
                                  .serial = parent->serial + 1,
                                  .peer = *peer,
                                  .connected = (int64_t)time(NULL),
                                  .connected_ns = now};
}

/* Who comes while others wait does not pass them. */
int admit_connection(struct parent *parent, int fd, const struct peer *peer, uint32_t via,
                     bool waits, struct admitted *admitted)
{
    int64_t now = clock_now();
    enum refused_why why;
    uint32_t slot;

    describe(parent, fd, peer, via, now, admitted);
    if (parent->drain_until != 0) { /* a visit that began before */
        refuse(parent, fd, refusal_form_of(admitted->via), REFUSED_DRAINING);
        return 0;
    }
    if (!admission_admits(&parent->admission, peer, now, &why)) {
        refuse(parent, fd, refusal_form_of(admitted->via), why);
        return 0;
    }
    slot = parent->queue.count > 0 ? SLOTS_NONE : find_slot(parent);
    if (slot != SLOTS_NONE)
        return let_in(parent, slot, admitted);
    if (waits)
        queue_join(parent, fd, peer, via);
    else if (via & VIA_WEB)
        refuse(parent, fd, refusal_form_of(admitted->via), REFUSED_FULL);
    else
        refusal_send_full(&parent->refusal, parent->table, fd, peer, via);
    return 0;
}

int admit_waiting(struct parent *parent, int64_t now, struct admitted *admitted)
{
    struct waiting_entry entry;
    uint32_t slot;
    int done = 0;

    while (done == 0 && parent->pause_until <= now &&
           (slot = slots_lowest(&parent->slots)) != SLOTS_NONE && queue_next(parent, &entry)) {
        describe(parent, entry.fd, &entry.peer, entry.via, now, admitted);
        done = let_in(parent, slot, admitted);
    }
    if (done <= 0)
        queue_run(parent, now);
    return done;
}

static bool is_proxy(const struct parent *parent, const struct peer *peer)
{
    const struct networks *proxies = &parent->admission.limits->proxies;

    return proxies->count > 0 && networks_have(proxies, peer);
}

int admit_visit(struct parent *parent, int fd, const struct peer *peer, enum visit_kind kind,
                struct visitor *visitor)
{
    const enum refusal_form form = kind == VISIT_PROXY ? REFUSAL_LINE : REFUSAL_HTTP;
    int begun;

    if (visit_is_http(kind) && !admission_allows(&parent->admission, peer)) {
        refuse(parent, fd, form, REFUSED_NETWORK);
        return 0;
    }
    if (visit_is_http(kind) && !admission_admits_visit(&parent->admission, peer, clock_now())) {
        refuse(parent, fd, form, REFUSED_ADDRESS_RATE);
        return 0;
    }
    if (!visiting_may_begin(parent, peer)) {
        refuse(parent, fd, form, REFUSED_VISITS);
        return 0;
    }
    begun = visiting_begin(parent, kind, fd, peer, visitor);
    if (begun >= 0)
        return begun > 0 ? ADMIT_VISIT : 0;
    refuse(parent, fd, form, errno == EAGAIN ? REFUSED_PROCESSES : REFUSED_DESCRIPTORS);
    pause_accepting(parent);
    return -1;
}

/* Returns as platform_accept. */
static int accept_peer(int listener, struct peer *peer)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = platform_accept(listener, (struct sockaddr *)&address, &size);

    if (fd >= 0)
        *peer = listener_peer(&address);
    return fd;
}

int admit_next(struct parent *parent, int listener, struct admitted *admitted,
               struct visitor *visitor)
{
    struct peer peer;
    int fd = accept_peer(listener, &peer);

    if (fd < 0)
        return cannot_accept(parent, listener, REFUSAL_LINE) ? 0 : -1;
    if (is_proxy(parent, &peer))
        return admit_visit(parent, fd, &peer, VISIT_PROXY, visitor);
    return admit_connection(parent, fd, &peer, VIA_TCP, false, admitted);
}

int admit_next_visit(struct parent *parent, int listener, struct visitor *visitor)
{
    struct peer peer;
    int fd = accept_peer(listener, &peer);

    if (fd < 0)
        return cannot_accept(parent, listener, REFUSAL_HTTP) ? 0 : -1;
    return admit_visit(parent, fd, &peer, is_proxy(parent, &peer) ? VISIT_PROXY_WEB : VISIT_WEB,
                       visitor);
}

static void refuse_all(struct parent *parent, int listener, enum refusal_form form)
{
    for (int turn = 0; turn < LIMIT_BACKLOG; turn++) {
        int fd = platform_accept(listener, NULL, NULL);

        if (fd >= 0)
            refuse(parent, fd, form, REFUSED_DRAINING);
        else if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

void admit_refuse_waiting(struct parent *parent)
{
    for (size_t i = 0; i < parent->listener->count; i++)
        refuse_all(parent, parent->listener->fd[i], REFUSAL_LINE);
    for (size_t i = 0; i < parent->web->count; i++)
        refuse_all(parent, parent->web->fd[i], REFUSAL_HTTP);
}
