#define _POSIX_C_SOURCE 200809L

#include "shm/table/talk.h"

#include "server/wire/clock.h"
#include "shm/table/layout.h"
#include "shm/table/messages.h"
#include "shm/table/record.h"
#include "shm/table/view.h"

/* ---- speaking */

/* A client that has said more than one line will say many. So its handler reads the next entry of
 * the ring before it takes the lock: one page fault of a first read maps fifteen neighbours, too,
 * but a first write maps one page. */
static void look_ahead(const struct table *table)
{
    uint64_t number = messages_added(table, RING_SAID);

    (void)atomic_load(table_store(table)->lines[RING_SAID][number % MESSAGES_KEPT].head);
}

bool talk_is_heard(const struct table *table)
{
    return messages_are_heard(table);
}

static int64_t count_joined(const struct table *table)
{
    uint32_t top = view_about(table).top;
    int64_t joined = 0;

    for (uint32_t i = 0; i < (top + 63) / 64; i++)
        for (uint64_t bits = atomic_load(&table->memory->joined[i]); bits != 0; bits &= bits - 1)
            joined++;
    return joined;
}

static int64_t pause_of(int64_t joined)
{
    int64_t pause = joined * TALK_PAUSE_NS;

    if (pause < TALK_PAUSE_LEAST_NS)
        return 0;
    return pause < TALK_PAUSE_MOST_NS ? pause : TALK_PAUSE_MOST_NS;
}

/* What is counted and noted before the ring is what the ring is for: whoever finds that its line is
 * counted need not ring. Noted after the ring it would come late, because those who are woken may
 * run before the ringer does again, and others would ring in vain meanwhile. A handler that dies in
 * between is reaped, and then the parent rings. A count that is read while a line is added may be
 * wrong; then somebody rings once too often. */
int64_t talk_wake(struct table *table, int64_t now, bool at_once, talk_ring *ring, const void *bell)
{
    struct table_memory *memory = table->memory;
    uint64_t open = messages_open(table, RING_SAID) + messages_open(table, RING_REST);
    int64_t joined = count_joined(table), since = now - (int64_t)atomic_load(&memory->rung_ns);

    if (joined == 0 || open == atomic_load(&memory->rung))
        return 0;
    if (!at_once && since >= 0 && since < pause_of(joined))
        return pause_of(joined) - since;
    atomic_store(&memory->rung_ns, (uint64_t)now);
    atomic_store(&memory->rung, open);
    ring(bell);
    return 0;
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
