#define _POSIX_C_SOURCE 200809L

#include "server/parent/supervisor.h"

#include <signal.h>
#include <sys/select.h>
#include <unistd.h>

#include "server/events.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/parent/admit.h"
#include "server/parent/control.h"
#include "server/parent/drain.h"
#include "server/parent/places.h"
#include "server/parent/queue.h"
#include "server/parent/reaper.h"
#include "server/parent/recovery.h"
#include "server/parent/reload.h"
#include "server/parent/signals.h"
#include "server/parent/upgrade.h"
#include "server/parent/visiting.h"
#include "server/system/background.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "shm/table/control.h"
#include "shm/table/talk.h"

static void signal_all(const struct parent *parent, int signal)
{
    for (uint32_t i = 0; i < parent->slots.top; i++)
        if (parent->slots.entry[i].pid != 0)
            kill(parent->slots.entry[i].pid, signal);
}

static void begin_shutdown(struct parent *parent, int64_t now)
{
    event_shutting_down();
    background_tell_manager("STOPPING=1");
    upgrade_give_up(parent);
    queue_refuse(parent, REFUSED_DRAINING);
    refusal_settle(&parent->refusal, &parent->recorder, parent->table, now);
    listener_close(parent->listener);
    listener_close(parent->web);
    close(parent->lifeline[1]);
    signal_all(parent, SIGUSR1);
    parent->shutdown_until = now + LIMIT_SHUTDOWN_MS * CLOCK_MS;
}

static void tell_manager(struct parent *parent)
{
    const char *lost;

    if (parent->notified == parent->slots.used || !background_has_manager())
        return;
    parent->notified = parent->slots.used;
    lost = places_lost(parent);
    background_tell_manager(
        "STATUS=%u of %u present%s%s%s%s%s", parent->slots.used, parent->slots.limit,
        parent->drain_until ? ", draining" : "", lost ? "; " : "", lost ? lost : "",
        parent->table->missing[0] != '\0' ? "; not confined: " : "", parent->table->missing);
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static void add_listener(const struct listener *listener, fd_set *read, int *highest)
{
    for (size_t i = 0; i < listener->count; i++)
        descriptors_add(listener->fd[i], read, highest);
}

/* Fills *read and *highest with the descriptors to wait for. Returns the time to wait until
 * (monotonic, ns). */
static int64_t prepare(const struct parent *parent, int64_t now, fd_set *read, int *highest)
{
    int64_t until = parent->pause_until > now ? parent->pause_until : INT64_MAX;

    FD_ZERO(read);
    *highest = -1;
    descriptors_add(parent->control, read, highest);
    descriptors_add(parent->requests[0], read, highest);
    if (until == INT64_MAX) {
        add_listener(parent->listener, read, highest);
        add_listener(parent->web, read, highest);
    }
    if (parent->pending.until != 0) {
        descriptors_add(parent->recorder.channel, read, highest);
        until = earlier(until, parent->pending.until);
    }
    if (parent->recorder.count > 0 || parent->recorder.lost > 0)
        until = earlier(until, now + LIMIT_TICK_MS * CLOCK_MS);
    if (parent->successor.pid != 0) {
        descriptors_add(parent->successor.answer, read, highest);
        until = earlier(until, successor_due(&parent->successor, now));
    }
    refusal_prepare(&parent->refusal, read, highest, &until);
    visits_prepare(&parent->visits, now, read, highest, &until);
    queue_prepare(parent, &until);
    if (parent->drain_until != 0)
        until = earlier(until, parent->drain_until);
    if (parent->shutdown_until == 0)
        until = earlier(until, parent->places.looked + LIMIT_PLACES_MS * CLOCK_MS);
    if (parent->slots.used > 0 || log_is_behind())
        until = earlier(until, parent->ticked + LIMIT_TICK_MS * CLOCK_MS);
    if (parent->shutdown_until != 0)
        until = earlier(until, now + LIMIT_REAP_MS * CLOCK_MS);
    if (parent->alive_every > 0)
        until = earlier(until, parent->alive_next);
    return until < now ? now : until;
}

/* pselect(2) delivers no signal if a descriptor is ready at once. So while clients keep coming, the
 * loop sometimes calls pselect(2) without descriptors. */
static void let_signals_in(struct parent *parent, int64_t now)
{
    if (now - parent->heard < LIMIT_TICK_MS * CLOCK_MS)
        return;
    parent->heard = now;
    (void)pselect(0, NULL, NULL, NULL, &(struct timespec){0}, &parent->waiting);
}

static void wait_for_work(struct parent *parent, fd_set *read)
{
    int64_t now = clock_now(), until;
    struct timespec timeout;
    int highest, ready;

    until = prepare(parent, now, read, &highest);
    timeout.tv_sec = (time_t)((until - now) / CLOCK_S);
    timeout.tv_nsec = (long)((until - now) % CLOCK_S);
    ready = pselect(highest + 1, read, NULL, NULL, until == INT64_MAX ? NULL : &timeout,
                    &parent->waiting);
    if (ready < 0)
        FD_ZERO(read);
    else if (ready > 0)
        let_signals_in(parent, now);
}

static void ring(const void *bell)
{
    bell_ring(bell);
}

static void tick(struct parent *parent, int64_t now)
{
    struct dead dead = {.count = 0};

    parent->ticked = now;
    /* for a handler that was stopped between adding a line and waking those who hear it */
    (void)talk_wake(parent->table, now, true, ring, parent->bell);
    (void)log_catch_up();
    recovery_look(parent, now, &dead);
    if (dead.count > 0)
        reaper_close_dead(parent, &dead, false);
    if (recovery_lock_is_stuck(parent)) {
        dead.count = 0;
        reaper_close_dead(parent, &dead, true);
    }
}

/* Returns whether no child is left. */
static bool go_on_stopping(struct parent *parent, int64_t now)
{
    if (now >= parent->shutdown_until) {
        signal_all(parent, SIGKILL);
        visits_kill(&parent->visits);
        parent->shutdown_until = now + 100 * CLOCK_MS;
    }
    return parent->slots.used == 0 && parent->visits.count == 0;
}

/* These return as admit_next does; in a child what it is. */
static int accept_all(struct parent *parent, const fd_set *read, struct admitted *admitted,
                      struct visitor *visitor)
{
    for (size_t i = 0; i < parent->listener->count; i++) {
        int done = 0;

        if (!descriptors_have(read, parent->listener->fd[i]))
            continue;
        for (int turn = 0; turn < LIMIT_ACCEPTS && done == 0; turn++)
            done = admit_next(parent, parent->listener->fd[i], admitted, visitor);
        if (done > 0)
            return done;
    }
    return 0;
}

static int accept_visits(struct parent *parent, const fd_set *read, struct visitor *visitor)
{
    for (size_t i = 0; i < parent->web->count; i++) {
        int done = 0;

        if (!descriptors_have(read, parent->web->fd[i]))
            continue;
        for (int turn = 0; turn < LIMIT_ACCEPTS && done == 0; turn++)
            done = admit_next_visit(parent, parent->web->fd[i], visitor);
        if (done > 0)
            return done;
    }
    return 0;
}

/* How a client came whose visit was of this kind. */
static uint32_t via_of(enum visit_kind kind)
{
    return (visit_is_http(kind) ? VIA_WEB : VIA_TCP) | (kind != VISIT_WEB ? VIA_PROXY : VIA_TCP);
}

/* Admits those whose visit says so; a daemon that stops has them go. */
static int end_visits(struct parent *parent, const fd_set *read, int64_t now,
                      struct admitted *admitted, struct visitor *visitor)
{
    struct visit_entry visit;
    int fd, done = 0;

    while (done <= 0 && (fd = visiting_run(parent, read, now, &visit)) >= 0)
        if (parent->shutdown_until != 0)
            close(fd);
        else if (visit.kind == VISIT_PROXY_WEB)
            done = admit_visit(parent, fd, &visit.peer, VISIT_PROXIED_WEB, visitor);
        else
            done = admit_connection(parent, fd, &visit.peer, via_of(visit.kind), visit.waits,
                                    admitted);
    return done;
}

static void obey_signals(struct parent *parent, int64_t now)
{
    enum signals_say say = signals_take(parent->terminal);
    char answer[CONTROL_ANSWER]; /* which the log says, too */

    if ((say == SIGNALS_STOP || drain_is_done(parent, now)) && parent->shutdown_until == 0)
        begin_shutdown(parent, now);
    else if (say == SIGNALS_RELOAD && parent->shutdown_until == 0)
        reload_run(parent, answer, sizeof answer);
}

/* Only a loop that goes round says that the daemon lives. */
static void show_life(struct parent *parent, int64_t now)
{
    if (parent->alive_every == 0 || now < parent->alive_next)
        return;
    parent->alive_next = now + parent->alive_every;
    background_tell_manager("WATCHDOG=1");
}

static void asks_to_wait(void *context, int fd, const struct peer *peer, uint32_t via)
{
    queue_join(context, fd, peer, via);
}

/* Does all work except accepting. Returns whether to go on. */
static bool work(struct parent *parent, const fd_set *read, int64_t now)
{
    bool is_tick;

    if (parent->slots.used == 0 && !log_is_behind() && !parent->first)
        parent->ticked = now;
    show_life(parent, now);
    is_tick = now - parent->ticked >= LIMIT_TICK_MS * CLOCK_MS;
    reaper_run(parent, is_tick || parent->shutdown_until != 0);
    if (is_tick)
        tick(parent, now);
    refusal_run(&parent->refusal, parent->table, read, asks_to_wait, parent);
    if (descriptors_have(read, parent->requests[0]))
        control_hear_handlers(parent);
    if (descriptors_have(read, parent->control))
        control_hear(parent);
    if (parent->pending.until != 0)
        control_hear_clerk(parent, now);
    if (parent->recorder.count > 0 || parent->recorder.lost > 0)
        (void)recorder_send(&parent->recorder);
    if (parent->kicked > 0)
        control_kill_kicked(parent, now);
    obey_signals(parent, now);
    if (parent->successor.pid != 0) /* last: all that was under way is done, or in the book */
        upgrade_go_on(parent, now);
    return parent->shutdown_until == 0 || !go_on_stopping(parent, now);
}

enum supervisor_end supervisor_run(struct parent *parent, struct admitted *admitted,
                                   struct visitor *visitor)
{
    for (;;) {
        fd_set read;
        int64_t now;
        int child = 0;

        wait_for_work(parent, &read);
        now = clock_now();
        if (!work(parent, &read, now))
            return SUPERVISOR_STOPPED;
        if (parent->visits.count > 0)
            child = end_visits(parent, &read, now, admitted, visitor);
        if (child <= 0 && (parent->queue.count > 0 || parent->table->made.waiting > 0))
            child = admit_waiting(parent, now, admitted);
        if (child <= 0 && parent->shutdown_until == 0)
            child = accept_all(parent, &read, admitted, visitor);
        if (child <= 0 && parent->shutdown_until == 0 && parent->web->count > 0)
            child = accept_visits(parent, &read, visitor);
        if (child > 0)
            return child == ADMIT_VISIT ? SUPERVISOR_VISIT : SUPERVISOR_CHILD;
        if (parent->shutdown_until != 0)
            continue;
        places_look(parent, now);
        refusal_log(&parent->refusal, &parent->recorder, parent->table, now);
        tell_manager(parent);
    }
}
