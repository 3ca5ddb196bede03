#define _POSIX_C_SOURCE 200809L

#include "server/parent/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/log.h"
#include "server/parent/control.h"
#include "server/system/notify.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

#define MS INT64_C(1000000) /* nanoseconds */

static volatile sig_atomic_t told_to_stop, told_to_reload, told_nothing;

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
}

static void on_reload(int signal)
{
    (void)signal;
    told_to_reload = 1;
}

static void on_nothing(int signal)
{
    (void)signal;
    told_nothing = 1;
}

/* What each signal does that would otherwise end the parent, and with it every session;
 * rollcalld(8) says the same. Not here: SIGUSR1 is for handlers (session_prepare), SIGKILL,
 * SIGSTOP, the signals of job control, and those that report a fault of the program itself. */
static const struct {
    int signal;
    void (*answer)(int);
} answers[] = {
    {SIGTERM, on_stop},    {SIGINT, on_stop},  {SIGQUIT, on_stop}, {SIGHUP, on_reload},
    {SIGUSR2, on_nothing}, {SIGPIPE, SIG_IGN}, {SIGALRM, SIG_IGN}, {SIGVTALRM, SIG_IGN},
    {SIGPROF, SIG_IGN},    {SIGXFSZ, SIG_IGN},
};

/* A signal that has a function stays blocked except inside pselect, so that none is lost between a
 * look at its flag and the sleep. Handlers keep these signals blocked: the lifeline ends a handler,
 * and Ctrl-C on the terminal is the parent's to answer. SIGCHLD wakes nobody: a handler that leaves
 * has said so in the table, and who comes next finds the slot free (see reap). */
static void set_signals(sigset_t *waiting)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct sigaction action = {.sa_handler = answers[i].answer}, before;

        sigaction(answers[i].signal, NULL, &before);
        if (before.sa_handler == SIG_IGN) /* nohup(1), or a shell's background */
            continue;
        sigaction(answers[i].signal, &action, NULL);
        if (answers[i].answer != SIG_IGN)
            sigaddset(&blocked, answers[i].signal);
    }
    sigprocmask(SIG_BLOCK, &blocked, waiting);
    /* whoever started us may have it ignored, and then nobody could be reaped */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
}

/* The terminal that the daemon was started on, or -1. */
static int find_terminal(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

/* Whoever closes the window, or loses the connection to this machine, ends what was started there.
 */
static bool terminal_is_gone(const struct supervisor *supervisor)
{
    struct pollfd terminal = {.fd = supervisor->terminal};

    return supervisor->terminal >= 0 && poll(&terminal, 1, 0) > 0 &&
           (terminal.revents & POLLHUP) != 0;
}

/* The flags are written only when a signal came: the next session would pay a page fault for it. */
static void hear_signals(const struct supervisor *supervisor)
{
    if (told_to_reload) {
        bool gone = terminal_is_gone(supervisor);

        told_to_reload = 0;
        told_to_stop |= gone;
        if (supervisor->shutdown_until == 0) /* a shell passes its own SIGHUP on */
            log_info(gone ? "The terminal is gone" : "SIGHUP ignored: there is nothing to reload");
    }
    if (told_nothing) {
        told_nothing = 0;
        log_info("SIGUSR2 ignored: it has no meaning here");
    }
}

/* No path is opened for it: the parent may be beyond that. */
static void keep_reserve(struct supervisor *supervisor)
{
    supervisor->reserve = fcntl(supervisor->lifeline[0], F_DUPFD_CLOEXEC, 0);
}

int supervisor_init(struct supervisor *supervisor, const struct admission_limits *admission,
                    uint32_t slots)
{
    supervisor->notified = UINT32_MAX;
    supervisor->epoch = 1;
    supervisor->terminal = find_terminal();
    set_signals(&supervisor->waiting);
    courier_init(&supervisor->courier, supervisor->table, 0, 0);
    keep_reserve(supervisor);
    if (supervisor->reserve < 0 || admission_init(&supervisor->admission, admission, slots) != 0)
        return -1;
    return slots_init(&supervisor->slots, slots);
}

/* ---- reaping: the dead are collected first and closed together, for that may need the lock */

struct dead {
    uint32_t slot[LIMIT_ACCEPTS];
    int status[LIMIT_ACCEPTS];
    size_t count;
};

static void note_dead(struct dead *dead, uint32_t slot, int status)
{
    dead->slot[dead->count] = slot;
    dead->status[dead->count++] = status;
}

/* Those who said in the table that they left: a hint, which costs one call, while the system looks
 * at all children for one that has ended, and at thousands longer than a session takes. A handler
 * that gives false hints makes us ask a few times more. */
static void collect_leaving(struct supervisor *supervisor, struct dead *dead)
{
    uint32_t slot = supervisor->leaving_next;

    for (int tries = 0; tries < 2 * LIMIT_ACCEPTS && dead->count < LIMIT_ACCEPTS; tries++) {
        int status;

        slot = registry_next_leaving(supervisor->table, slot);
        if (slot >= supervisor->slots.top) {
            slot = 0;
            break;
        }
        if (supervisor->slots.entry[slot].pid == 0)
            registry_clear_leaving(supervisor->table, slot);
        else if (waitpid(supervisor->slots.entry[slot].pid, &status, WNOHANG) > 0)
            note_dead(dead, slot, status);
        slot++;
    }
    supervisor->leaving_next = slot;
}

/* Any others, killed or not. */
static void collect_all(struct supervisor *supervisor, struct dead *dead)
{
    while (dead->count < LIMIT_ACCEPTS) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        uint32_t slot;

        if (pid <= 0)
            return;
        slot = slots_find(&supervisor->slots, pid);
        if (slot != SLOTS_NONE)
            note_dead(dead, slot, status);
    }
}

static bool is_dead(const struct dead *dead, uint32_t slot)
{
    for (size_t i = 0; i < dead->count; i++)
        if (dead->slot[i] == slot)
            return true;
    return false;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Takes the lock away from whoever has it: retires the semaphore and waits until no living handler
 * is left at it. Who does not leave is killed; a stopped one cannot refuse that. */
static void take_lock(struct supervisor *supervisor, struct dead *dead)
{
    struct slots *slots = &supervisor->slots;
    uint32_t retired = supervisor->epoch;
    int64_t grace = clock_now() + LIMIT_QUIESCE_MS * MS;

    lock_retire(registry_lock(supervisor->table));
    supervisor->epoch = lock_next(retired);
    for (uint32_t i = 0; i < slots->top; i++) {
        if (slots->entry[i].pid == 0)
            continue;
        while (!is_dead(dead, i) && lock_straggler(registry_at(supervisor->table, i), retired)) {
            int status;

            if (clock_now() > grace)
                kill(slots->entry[i].pid, SIGKILL);
            if (dead->count < LIMIT_ACCEPTS && waitpid(slots->entry[i].pid, &status, WNOHANG) > 0) {
                note_dead(dead, i, status);
            } else if (dead->count == LIMIT_ACCEPTS && clock_now() > grace) {
                break; /* killed; it is reaped in the next turn */
            } else {
                pause_ms(1);
            }
        }
    }
}

static void give_lock(struct supervisor *supervisor)
{
    lock_give(registry_lock(supervisor->table), supervisor->epoch);
}

static void recover(struct supervisor *supervisor, struct dead *dead)
{
    take_lock(supervisor, dead);
    registry_count_recovered(supervisor->table);
    log_warning("The lock was recovered");
}

/* The name that a client had, as far as its record can be believed. */
static void find_name(const struct supervisor *supervisor, uint32_t slot, char name[NAME_SIZE])
{
    struct record record;

    if (view_read(supervisor->table, slot, &record) == READ_PRESENT &&
        record.serial == supervisor->slots.entry[slot].serial && protocol_name_valid(record.name))
        memcpy(name, record.name, sizeof record.name);
    else
        protocol_client_name(name, slot + 1);
}

static void log_death(const char *name, int status)
{
    char now[CLOCK_LOCAL_SIZE];

    clock_local(now, time(NULL));
    if (WIFSIGNALED(status))
        log_warning("%s disconnected at %s: handler killed by signal %d", name, now,
                    WTERMSIG(status));
    else
        log_warning("%s disconnected at %s: handler ended with status %d", name, now,
                    WEXITSTATUS(status));
}

/* What fails is tried again, at the latest with the next tick. */
static void ring(struct supervisor *supervisor, bool every)
{
    supervisor->owes_ring = !courier_ring(&supervisor->courier, every);
}

static void bury(struct supervisor *supervisor, struct dead *dead, bool stuck)
{
    struct table *table = supervisor->table;
    bool locked = false, at_lock = stuck, torn = false;
    size_t unclosed = 0;

    for (size_t i = 0; i < dead->count; i++) {
        if (atomic_load(registry_at(table, dead->slot[i])) != 0)
            at_lock = true;
        if (!registry_slot_is_empty(table, dead->slot[i]))
            unclosed++;
        torn |= dead->status[i] != 0;
    }
    if (at_lock || unclosed > 0) {
        if (at_lock || !lock_await(registry_lock(table), supervisor->epoch))
            recover(supervisor, dead);
        else
            take_lock(supervisor, dead);
        locked = true;
    }
    for (size_t i = 0; i < dead->count; i++) {
        uint32_t slot = dead->slot[i];
        bool closed = registry_slot_is_empty(table, slot);
        char name[NAME_SIZE];

        if (!closed)
            find_name(supervisor, slot, name);
        if (locked)
            registry_close_record(table, slot, supervisor->slots.entry[slot].serial);
        if (!closed) {
            log_death(name, dead->status[i]);
            inbox_forget(supervisor->inbox, supervisor->slots.entry[slot].pid);
            courier_forget(&supervisor->courier, slot);
        }
        if (supervisor->slots.entry[slot].end_by != 0)
            supervisor->kicked--;
        admission_leave(&supervisor->admission, supervisor->slots.entry[slot].entered);
        slots_free(&supervisor->slots, slot);
        registry_clear_leaving(table, slot);
        registry_count_reaped(table);
        supervisor->waited_in_vain = false;
    }
    if (locked)
        give_lock(supervisor);
    if (unclosed > 0 || torn) /* it had something to ring for, or was at it, or could not */
        ring(supervisor, true);
    registry_set_top(table, supervisor->slots.top);
}

/* In every turn those who left, and from time to time all others. */
static void reap(struct supervisor *supervisor, bool all)
{
    struct dead dead;

    do {
        dead.count = 0;
        collect_leaving(supervisor, &dead);
        if (all)
            collect_all(supervisor, &dead);
        if (dead.count > 0)
            bury(supervisor, &dead, false);
    } while (dead.count == LIMIT_ACCEPTS);
}

/* ---- the table, which every handler can write to */

/* A handler that has left ends at once, so one that lives and is in the table no more was wiped out
 * of it: by one that cleared the slots after the parent had mended them. */
static bool has_vanished(const struct slot_entry *entry)
{
    return entry->pid != 0 && entry->gone != 0 && clock_now() - entry->gone > LIMIT_GONE_MS * MS;
}

static void note_presence(struct supervisor *supervisor, uint32_t slot, int64_t now)
{
    struct slot_entry *entry = &supervisor->slots.entry[slot];

    if (!registry_slot_is_empty(supervisor->table, slot)) {
        entry->present = true;
        entry->gone = 0;
    } else if (entry->present && entry->gone == 0) {
        entry->gone = now;
    }
}

static bool slot_is_sound(struct supervisor *supervisor, uint32_t slot)
{
    const struct slot_entry *entry = &supervisor->slots.entry[slot];

    return !has_vanished(entry) &&
           registry_slot_is_sound(supervisor->table, slot, entry->pid != 0 ? entry->serial : 0);
}

/* What the parent knows of a client itself; its handler writes the rest with its next reply. */
static void restore_slot(struct supervisor *supervisor, uint32_t slot)
{
    const struct slot_entry *entry = &supervisor->slots.entry[slot];
    struct record record = {0};

    if (entry->pid != 0) {
        record.serial = entry->serial;
        record.peer = entry->peer;
        record.connected = entry->connected;
        record.connected_ns = record.active_ns =
            clock_now() - (time(NULL) - entry->connected) * 1000 * MS;
        protocol_client_name(record.name, slot + 1);
    }
    registry_restore_slot(supervisor->table, slot, &record);
    supervisor->slots.entry[slot].gone = 0;
}

/* Where the header is gone, so may the records be of those who have not left. */
static void restore_table(struct supervisor *supervisor)
{
    struct table *table = supervisor->table;
    bool all = !registry_is_sound(table);
    struct dead dead = {.count = 0};

    registry_restore(table, supervisor->serial);
    recover(supervisor, &dead);
    for (uint32_t i = 0; i < supervisor->slots.size; i++)
        if (!slot_is_sound(supervisor, i) ||
            (all && supervisor->slots.entry[i].present && registry_slot_is_empty(table, i)))
            restore_slot(supervisor, i);
    registry_set_top(table, supervisor->slots.top);
    give_lock(supervisor);
    supervisor->lock_stuck = 0;
    bury(supervisor, &dead, false);
}

static void look_at_table(struct supervisor *supervisor, int64_t now)
{
    uint32_t some = supervisor->slots.top / LIMIT_LOOK_TICKS + 1;
    bool sound = registry_is_sound(supervisor->table) &&
                 lock_is_sound(registry_lock(supervisor->table), supervisor->epoch);

    for (; sound && some > 0 && supervisor->slots.top > 0; some--) {
        supervisor->look_next = (supervisor->look_next + 1) % supervisor->slots.top;
        sound = slot_is_sound(supervisor, supervisor->look_next);
        if (sound)
            note_presence(supervisor, supervisor->look_next, now);
    }
    if (!sound) {
        restore_table(supervisor);
        supervisor->damages++;
    }
    if (supervisor->damages > 0 && now - supervisor->damage_logged >= 1000 * MS) {
        log_error("The table was damaged, and rebuilt: %" PRIu64 " times", supervisor->damages);
        supervisor->damage_logged = now;
        supervisor->damages = 0;
    }
}

/* A holder that is stopped, or never leaves, shows only in that the lock stays taken. */
static void watch_lock(struct supervisor *supervisor, int64_t now)
{
    look_at_table(supervisor, now);
    if (!lock_is_stuck(registry_lock(supervisor->table), supervisor->epoch, &supervisor->lock_seen))
        supervisor->lock_stuck = 0;
    else if (++supervisor->lock_stuck == LIMIT_LOCK_TICKS) {
        struct dead dead = {.count = 0};

        supervisor->lock_stuck = 0;
        bury(supervisor, &dead, true);
    }
}

/* ---- requests of who runs the room */

/* The handler ends by itself; one that cannot is killed. */
static void send_away(struct supervisor *supervisor, uint32_t slot, const char *reason)
{
    struct slot_entry *entry = &supervisor->slots.entry[slot];

    registry_kick(supervisor->table, slot, entry->serial, reason);
    if (entry->end_by == 0) {
        entry->end_by = clock_now() + LIMIT_SEND_AWAY_MS * MS;
        supervisor->kicked++;
    }
    kill(entry->pid, SIGUSR1);
}

static void kill_sent_away(struct supervisor *supervisor, int64_t now)
{
    for (uint32_t i = 0; i < supervisor->slots.top && supervisor->kicked > 0; i++) {
        const struct slot_entry *entry = &supervisor->slots.entry[i];

        if (entry->pid != 0 && entry->end_by != 0 && now >= entry->end_by)
            kill(entry->pid, SIGKILL);
    }
}

/* "NAME" or "NAME REASON" */
static const char *kick(struct supervisor *supervisor, char *name)
{
    char *reason = strchr(name, ' ');
    struct record record;
    uint32_t slot;

    if (reason != NULL)
        *reason++ = '\0';
    if (!names_find(supervisor->table, name, &slot, &record) ||
        supervisor->slots.entry[slot].pid == 0 ||
        supervisor->slots.entry[slot].serial != record.serial)
        return "nobody has that name";
    log_info("%s is sent away%s%s", record.name, reason ? ": " : "", reason ? reason : "");
    send_away(supervisor, slot, reason ? reason : "You were sent away.");
    return "ok";
}

/* "PID PLACE SERIAL", by the handler of the same client's new connection; not by one of an earlier
 * daemon's. */
static void retire(struct supervisor *supervisor, const char *text)
{
    uint32_t slot;
    uint64_t serial;
    long parent;

    if (sscanf(text, "%ld %" SCNu32 " %" SCNu64, &parent, &slot, &serial) == 3 &&
        parent == (long)supervisor->table->made.pid && slot < supervisor->slots.top &&
        supervisor->slots.entry[slot].pid != 0 && supervisor->slots.entry[slot].serial == serial)
        send_away(supervisor, slot, REASON_BACK);
}

static void announce(struct supervisor *supervisor, const char *text)
{
    struct dead dead = {.count = 0};

    take_lock(supervisor, &dead);
    talk_announce(supervisor->table, text, supervisor->earlier);
    give_lock(supervisor);
    bury(supervisor, &dead, false);
    ring(supervisor, false);
    log_info("Said to the room: %s", text);
}

static const char *obey(struct supervisor *supervisor, char *text)
{
    static const char say_word[] = "say ", kick_word[] = "kick ", retire_word[] = "retire ";

    if (!text_is_clean(text, strlen(text)))
        return "expected UTF-8 text without control characters";
    if (strncmp(text, retire_word, strlen(retire_word)) == 0)
        retire(supervisor, text + strlen(retire_word));
    else if (strncmp(text, kick_word, strlen(kick_word)) == 0)
        return kick(supervisor, text + strlen(kick_word));
    else if (strncmp(text, say_word, strlen(say_word)) != 0)
        return "unknown request";
    else if (strlen(text + strlen(say_word)) > MESSAGE_TEXT)
        return "too long";
    else
        announce(supervisor, text + strlen(say_word));
    return "ok";
}

static void hear_requests(struct supervisor *supervisor)
{
    struct control_request request;

    for (int turn = 0; turn < LIMIT_REQUESTS_TURN; turn++) {
        int got = control_receive(supervisor->control, &request);

        if (got == 0)
            break;
        control_answer(supervisor->control, &request,
                       got > 0 ? obey(supervisor, request.text) : "unknown request");
    }
}

/* ---- admitting */

/* What is said of each reason: in the log, and to the client. */
static const struct {
    const char *logged, *said;
} refusals[REFUSED_REASONS] = {
    [REFUSED_FULL] = {"Server full", "Server full."},
    [REFUSED_NETWORK] = {"Not allowed from there", "You may not connect from there."},
    [REFUSED_ADDRESS] = {"Too many from one address", "Too many clients from your address."},
    [REFUSED_ADDRESS_RATE] = {"Too fast from one address",
                              "Too many connections from your address, try again later."},
    [REFUSED_RATE] = {"Too fast", "Too many connections, try again later."},
    [REFUSED_DESCRIPTORS] = {"No descriptor", "No descriptor for you now, try again later."},
    [REFUSED_PROCESSES] = {"No process", "No process for you now, try again later."},
};

static void log_refusals(struct supervisor *supervisor, int64_t now)
{
    if (supervisor->unlogged == 0 || now - supervisor->refused_logged < 1000 * MS)
        return;
    for (int why = 0; why < REFUSED_REASONS; why++) {
        if (supervisor->refused_unlogged[why] > 0)
            log_warning("%s: %" PRIu64 " refused", refusals[why].logged,
                        supervisor->refused_unlogged[why]);
        supervisor->refused_unlogged[why] = 0;
    }
    supervisor->unlogged = 0;
    supervisor->refused_logged = now;
}

/* Takes over the client's socket. */
static void refuse(struct supervisor *supervisor, int fd, enum refused_why why)
{
    refusal_send(&supervisor->refusal, fd, refusals[why].said);
    table_count_refused(supervisor->table, why);
    supervisor->refused_unlogged[why]++;
    supervisor->unlogged++;
}

static void rest(struct supervisor *supervisor)
{
    supervisor->rest_until = clock_now() + LIMIT_ACCEPT_REST_MS * MS;
}

/* No descriptor is left for a client: the reserve is given up for one, who is told so. */
static void refuse_without_descriptor(struct supervisor *supervisor, int listener)
{
    int fd;

    refusal_close(&supervisor->refusal);
    if (supervisor->reserve >= 0)
        close(supervisor->reserve);
    fd = platform_accept(listener, NULL, NULL);
    if (fd >= 0)
        refuse(supervisor, fd, REFUSED_DESCRIPTORS);
    refusal_close(&supervisor->refusal);
    keep_reserve(supervisor);
    if (fd < 0)
        rest(supervisor);
}

/* Accepting failed. Whether to go on with the next one now. */
static bool cannot_accept(struct supervisor *supervisor, int listener)
{
    if (errno == ECONNABORTED || errno == EINTR)
        return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
    if (errno == EMFILE || errno == ENFILE) {
        refuse_without_descriptor(supervisor, listener);
        return false;
    }
    log_error("Cannot accept: %s", strerror(errno));
    rest(supervisor);
    return false;
}

/* A client that has read its last line is gone for everybody but us until its handler is reaped:
 * before saying "full", that moment is waited for. Once, until somebody is reaped: a handler that
 * never ends must not slow every refusal down. */
static uint32_t find_slot(struct supervisor *supervisor)
{
    uint32_t slot = slots_lowest(&supervisor->slots);

    for (int waited = 0; slot == SLOTS_NONE && !supervisor->waited_in_vain; waited++) {
        bool leaving = false;

        for (uint32_t i = 0; i < supervisor->slots.top && !leaving; i++)
            leaving = registry_slot_is_empty(supervisor->table, i);
        if (!leaving)
            break;
        pause_ms(1);
        reap(supervisor, true);
        slot = slots_lowest(&supervisor->slots);
        supervisor->waited_in_vain = waited >= LIMIT_FULL_WAIT_MS;
    }
    return slot;
}

static int higher(int one, int other)
{
    return one > other ? one : other;
}

/* The highest descriptor of the parent's. */
static int highest_descriptor(const struct supervisor *supervisor)
{
    int highest = higher(supervisor->table->fd, supervisor->inbox->lock);

    for (size_t i = 0; i < supervisor->listener->count; i++)
        highest = higher(highest, supervisor->listener->fd[i]);
    highest = higher(highest, higher(supervisor->control, supervisor->reserve));
    highest = higher(highest, higher(supervisor->lifeline[0], supervisor->lifeline[1]));
    return higher(highest, higher(supervisor->courier.hand, refusal_highest(&supervisor->refusal)));
}

/* The child has a copy of what is on the stack, and must not look at *supervisor, which it may not
 * have. A page that parent or child write to while both have it costs a page fault. */
static pid_t fork_handler(const struct supervisor *supervisor, const struct admitted *admitted)
{
    const int keep[] = {supervisor->share, supervisor->inbox->fd, admitted->lifeline, admitted->fd};
    int highest = highest_descriptor(supervisor);
    pid_t pid = platform_fork();

    /* else no handler would see the parent's end, and the port would stay in use */
    if (pid == 0)
        platform_close_all_but(keep, sizeof keep / sizeof keep[0], highest);
    return pid;
}

/* Returns 1 in the child, 0 in the parent, and -1 where no more can be accepted now. */
static int admit(struct supervisor *supervisor, int listener, struct admitted *admitted)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = platform_accept(listener, (struct sockaddr *)&address, &size);
    int64_t now = clock_now();
    enum refused_why why;
    struct peer peer;
    uint32_t slot = SLOTS_NONE;
    pid_t pid;

    if (fd < 0)
        return cannot_accept(supervisor, listener) ? 0 : -1;
    peer = listener_peer(&address);
    why = admission_ask(&supervisor->admission, &peer, now);
    if (why == REFUSED_REASONS && (slot = find_slot(supervisor)) == SLOTS_NONE)
        why = REFUSED_FULL;
    if (why != REFUSED_REASONS) {
        refuse(supervisor, fd, why);
        return 0;
    }
    if (slot >= supervisor->slots.top) /* before anybody can ask who is here */
        registry_set_top(supervisor->table, slot + 1);
    *admitted = (struct admitted){.fd = fd,
                                  .lifeline = supervisor->lifeline[0],
                                  .slot = slot,
                                  .serial = supervisor->serial + 1,
                                  .peer = peer,
                                  .connected = (int64_t)time(NULL),
                                  .connected_ns = now};
    peer_text(&peer, admitted->from);
    clock_local(admitted->when, (time_t)admitted->connected);
    pid = fork_handler(supervisor, admitted);
    if (pid < 0) { /* those who ended count until they are reaped */
        reap(supervisor, true);
        pid = fork_handler(supervisor, admitted);
    }
    if (pid == 0)
        return 1;
    if (pid < 0) {
        refuse(supervisor, fd, REFUSED_PROCESSES);
        rest(supervisor);
        return -1;
    }
    close(fd);
    slots_take(&supervisor->slots, slot,
               &(struct slot_entry){.pid = pid,
                                    .serial = ++supervisor->serial,
                                    .entered = admission_enter(&supervisor->admission, &peer),
                                    .peer = peer,
                                    .connected = admitted->connected});
    registry_count_accepted(supervisor->table);
    return 0;
}

/* ---- the loop */

static void signal_all(const struct supervisor *supervisor, int signal)
{
    for (uint32_t i = 0; i < supervisor->slots.top; i++)
        if (supervisor->slots.entry[i].pid != 0)
            kill(supervisor->slots.entry[i].pid, signal);
}

static void begin_shutdown(struct supervisor *supervisor, int64_t now)
{
    log_info("Shutting down");
    notify_send("STOPPING=1");
    listener_close(supervisor->listener);
    close(supervisor->lifeline[1]);
    signal_all(supervisor, SIGUSR1);
    supervisor->shutdown_until = now + LIMIT_SHUTDOWN_MS * MS;
}

static void tell_manager(struct supervisor *supervisor)
{
    if (supervisor->notified == supervisor->slots.used || !notify_wanted())
        return;
    supervisor->notified = supervisor->slots.used;
    notify_send("STATUS=%u of %u present", supervisor->slots.used, supervisor->slots.size);
}

static void sleep_until(struct supervisor *supervisor, fd_set *read)
{
    int64_t now = clock_now(), until = INT64_MAX;
    struct timespec timeout;
    int highest = -1;

    FD_ZERO(read);
    if (supervisor->rest_until > now)
        until = supervisor->rest_until;
    else
        for (size_t i = 0; i < supervisor->listener->count; i++) {
            FD_SET(supervisor->listener->fd[i], read);
            if (supervisor->listener->fd[i] > highest)
                highest = supervisor->listener->fd[i];
        }
    FD_SET(supervisor->control, read);
    if (supervisor->control > highest)
        highest = supervisor->control;
    refusal_prepare(&supervisor->refusal, read, &highest, &until);
    if (supervisor->slots.used > 0 && supervisor->ticked + LIMIT_TICK_MS * MS < until)
        until = supervisor->ticked + LIMIT_TICK_MS * MS;
    if (supervisor->unlogged > 0 && supervisor->refused_logged + 1000 * MS < until)
        until = supervisor->refused_logged + 1000 * MS;
    if (supervisor->shutdown_until != 0 && now + LIMIT_REAP_MS * MS < until)
        until = now + LIMIT_REAP_MS * MS;
    if (until < now)
        until = now;
    timeout.tv_sec = (time_t)((until - now) / (1000 * MS));
    timeout.tv_nsec = (long)((until - now) % (1000 * MS));
    if (pselect(highest + 1, read, NULL, NULL, until == INT64_MAX ? NULL : &timeout,
                &supervisor->waiting) < 0)
        FD_ZERO(read);
}

enum supervisor_end supervisor_run(struct supervisor *supervisor, struct admitted *admitted)
{
    for (;;) {
        fd_set read;
        int64_t now;
        bool tick;

        sleep_until(supervisor, &read);
        now = clock_now();
        if (supervisor->slots.used == 0)
            supervisor->ticked = now;
        tick = now - supervisor->ticked >= LIMIT_TICK_MS * MS;
        reap(supervisor, tick || supervisor->shutdown_until != 0);
        if (tick) {
            supervisor->ticked = now;
            watch_lock(supervisor, now);
            if (supervisor->owes_ring)
                ring(supervisor, false);
        }
        refusal_run(&supervisor->refusal, &read);
        if (FD_ISSET(supervisor->control, &read))
            hear_requests(supervisor);
        if (supervisor->kicked > 0)
            kill_sent_away(supervisor, now);
        hear_signals(supervisor);
        if (told_to_stop && supervisor->shutdown_until == 0)
            begin_shutdown(supervisor, now);
        if (supervisor->shutdown_until != 0) {
            if (supervisor->slots.used == 0)
                return SUPERVISOR_STOPPED;
            if (now >= supervisor->shutdown_until) {
                signal_all(supervisor, SIGKILL);
                supervisor->shutdown_until = now + 100 * MS;
            }
            continue;
        }
        for (size_t i = 0; i < supervisor->listener->count; i++)
            if (FD_ISSET(supervisor->listener->fd[i], &read))
                for (int turn = 0; turn < LIMIT_ACCEPTS; turn++) {
                    int done = admit(supervisor, supervisor->listener->fd[i], admitted);

                    if (done > 0)
                        return SUPERVISOR_CHILD;
                    if (done < 0)
                        break;
                }
        log_refusals(supervisor, now);
        tell_manager(supervisor);
    }
}
