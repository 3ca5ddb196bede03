#define _POSIX_C_SOURCE 200809L

#include "server/parent/queue.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "server/events_run.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "shm/table/registry.h"

/* ---- into it */

static void refuse_full(struct parent *parent, int fd, uint32_t via)
{
    char text[96];

    (void)snprintf(text, sizeof text, PROTOCOL_FULL " %" PRIu32 " of %" PRIu32 ", and %d wait.",
                   parent->slots.limit, parent->slots.limit, LIMIT_WAITING);
    refusal_say_full(&parent->refusal, parent->table, fd, refusal_form_of(via), text);
}

/* The log hears of it when the first begins to wait, at most once a second. */
static void log_first(struct parent *parent, int64_t now)
{
    struct waiting *waiting = &parent->queue;

    if (waiting->count != 1 || (waiting->logged != 0 && now - waiting->logged < CLOCK_S))
        return;
    waiting->logged = now;
    event_queue_begins(parent->slots.limit);
}

void queue_join(struct parent *parent, int fd, const struct peer *peer, uint32_t via)
{
    struct waiting *waiting = &parent->queue;
    int64_t now = clock_now();

    if (parent->drain_until != 0 || parent->shutdown_until != 0) {
        refusal_send(&parent->refusal, parent->table, fd, refusal_form_of(via), REFUSED_DRAINING);
    } else if (!admission_may_wait(&parent->admission, peer)) {
        refusal_send(&parent->refusal, parent->table, fd, refusal_form_of(via), REFUSED_ADDRESS);
    } else if (waiting->count == LIMIT_WAITING) {
        refuse_full(parent, fd, via);
    } else {
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        waiting->entry[waiting->count++] = (struct waiting_entry){
            .fd = fd,
            .via = via,
            .peer = *peer,
            .entered = admission_enter(&parent->admission, peer),
            .since = now,
        };
        log_first(parent, now);
    }
}

/* ---- out of it */

static struct waiting_entry take(struct parent *parent, uint32_t which)
{
    struct waiting_entry entry = waiting_take(&parent->queue, which);

    admission_leave(&parent->admission, entry.entered);
    return entry;
}

static void drop(struct parent *parent, uint32_t which, enum waiting_state why)
{
    struct waiting_entry entry = take(parent, which);

    if (why == WAITING_GONE)
        close(entry.fd);
    else
        refusal_say_full(&parent->refusal, parent->table, entry.fd, refusal_form_of(entry.via),
                         why == WAITING_TOO_MUCH ? "Too much was sent ahead of a place in the room."
                                                 : "Waited for too long, " PROTOCOL_LATER);
}

/* A changed setting can refuse those who began to wait before it. */
bool queue_next(struct parent *parent, struct waiting_entry *entry)
{
    while (parent->queue.count > 0) {
        enum waiting_state state = waiting_look(&parent->queue.entry[0], clock_now());

        if (state != WAITING_ON) {
            drop(parent, 0, state);
            continue;
        }
        *entry = take(parent, 0);
        if (admission_allows(&parent->admission, &entry->peer)) {
            platform_as_accepted(entry->fd);
            return true;
        }
        refusal_send(&parent->refusal, parent->table, entry->fd, refusal_form_of(entry->via),
                     REFUSED_NETWORK);
    }
    return false;
}

void queue_refuse(struct parent *parent, enum refused_why why)
{
    while (parent->queue.count > 0) {
        struct waiting_entry entry = take(parent, 0);

        refusal_send(&parent->refusal, parent->table, entry.fd, refusal_form_of(entry.via), why);
    }
}

/* ---- those in it */

void queue_run(struct parent *parent, int64_t now)
{
    struct waiting *waiting = &parent->queue;
    const bool looks = now - waiting->looked >= LIMIT_WAITING_LOOK_MS * CLOCK_MS;

    if (looks)
        waiting->looked = now;
    for (uint32_t i = 0; i < waiting->count;) {
        enum waiting_state state = looks ? waiting_look(&waiting->entry[i], now) : WAITING_ON;

        if (state == WAITING_ON && !waiting_tell(&waiting->entry[i], i + 1, now))
            state = WAITING_GONE;
        if (state == WAITING_ON)
            i++;
        else
            drop(parent, i, state);
    }
    if (parent->table->made.waiting != waiting->count)
        registry_set_waiting(parent->table, waiting->count);
}

void queue_prepare(const struct parent *parent, int64_t *until)
{
    int64_t next = parent->queue.looked + LIMIT_WAITING_LOOK_MS * CLOCK_MS;

    if (parent->queue.count > 0 && next < *until)
        *until = next;
}
