#define _POSIX_C_SOURCE 200809L

#include "shm/table/talk.h"

#include "server/wire/clock.h"
#include "shm/table/layout.h"
#include "shm/table/messages.h"
#include "shm/table/record.h"
#include "shm/table/view.h"

/* ---- speaking */

/* A client that has said more than one line will say many. Its handler reads the next place now,
 * before it takes the lock: a page that is first read is mapped with fifteen neighbours, at one
 * page fault; a page that is first written is mapped alone. */
static void look_ahead(const struct table *table)
{
    uint64_t number = messages_added(table, RING_SAID);

    (void)atomic_load(table_store(table)->lines[RING_SAID][number % MESSAGES_KEPT]);
}

int talk_say(struct slot *mine, struct record *me, const char *text, bool keep)
{
    if (me->messages > 1)
        look_ahead(mine->table);
    if (!keep && !messages_are_heard(mine->table))
        return 0;
    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    messages_add_own(mine, MESSAGE_SAID, me, text, true);
    table_unlock(mine);
    return 0;
}

/* Under the lock. */
static enum talk_ear ear_of(const struct table *table, uint32_t slot, uint64_t serial)
{
    const struct slot_memory *at = &table->memory->slot[slot];
    uint64_t now, heard_open = atomic_load(&at->heard_open), open, told;

    if (!record_load(at, &now, 1) || now != serial)
        return EAR_GONE;
    if (heard_open == 0)
        return EAR_DEAF;
    open = messages_open(table, RING_SAID) + messages_open(table, RING_REST) - (heard_open - 1);
    told = atomic_load(&at->told) - atomic_load(&at->heard_told);
    return (int64_t)(open + told) > MESSAGES_BEHIND ? EAR_SLOW : EAR_HEARS;
}

int talk_tell(struct slot *mine, struct record *me, uint32_t slot, uint64_t to, const char *text,
              enum talk_ear *ear)
{
    if (table_lock(mine) != 0)
        return -1;
    *ear = ear_of(mine->table, slot, to);
    record_get_title(slot_of(mine), me);
    if (*ear == EAR_HEARS)
        messages_add_told(mine->table, me, slot, to, text);
    table_unlock(mine);
    return 0;
}

void talk_announce(struct table *table, const char *text, bool keep)
{
    static const struct record nobody;

    messages_add_about(table, MESSAGE_ANNOUNCED, &nobody, text, keep);
}

/* ---- wake-ups */

/* The mark in the table is set before the wake-up is sent. So a writer that adds a line after the
 * reader's look finds no mark, and wakes the reader; a writer that finds a mark knows that the
 * reader is still to look, and relies on the process that set the mark. A wake-up that cannot be
 * sent therefore takes its mark back, and must be sent again, for all who relied on it. */
static bool wake(struct slot_memory *slot, uint32_t number, bool always, talk_bell *ring,
                 void *context)
{
    int64_t now = clock_now(), rung = (int64_t)atomic_load(&slot->rung);

    /* an old mark does not count: its process may have been stopped before it sent the wake-up */
    if (!always && rung != 0 && now - rung < TALK_RINGING_NS && now >= rung)
        return true;
    atomic_store(&slot->rung, (uint64_t)now);
    if (ring(context, number))
        return true;
    atomic_store(&slot->rung, 0);
    return false;
}

bool talk_ring(struct table *table, bool all, talk_bell *ring, void *context)
{
    struct table_memory *memory = table->memory;
    uint32_t top = view_about(table).top;
    bool done = true;

    for (uint32_t i = 0; i < (top + 63) / 64; i++) {
        uint64_t joined = atomic_load(&memory->joined[i]);

        for (uint32_t bit = 0; joined != 0; bit++, joined >>= 1)
            if ((joined & 1) != 0 && i * 64 + bit < top)
                done &= wake(&memory->slot[i * 64 + bit], i * 64 + bit, all, ring, context);
    }
    return done;
}

bool talk_ring_one(struct table *table, uint32_t slot, talk_bell *ring, void *context)
{
    return wake(&table->memory->slot[slot], slot, false, ring, context);
}
