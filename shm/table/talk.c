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
