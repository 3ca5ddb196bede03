#define _POSIX_C_SOURCE 200809L

#include "shm/table/slot.h"

#include <stdlib.h>
#include <string.h>

#include "shm/table/history.h"
#include "shm/table/layout.h"
#include "shm/table/messages.h"
#include "shm/table/record.h"
#include "shm/table/view.h"

int slot_enter(struct slot *mine, const struct record *me)
{
    if (table_lock(mine) != 0)
        return -1;
    record_set_title(slot_of(mine), me);
    record_publish(slot_of(mine), me);
    table_unlock(mine);
    return 0;
}

/* The mark comes first, so that a handler that dies in between leaves a departure without an
 * arrival, not an arrival for ever. */
int slot_announce(struct slot *mine, struct record *me)
{
    atomic_store(&slot_of(mine)->announced, mine->serial);
    if (!messages_are_heard(mine->table))
        return 0;
    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    messages_add_presence(mine->table, MESSAGE_CAME, me);
    table_unlock(mine);
    return 0;
}

void slot_update(struct slot *mine, const struct record *me)
{
    record_publish(slot_of(mine), me);
}

int slot_leave(struct slot *mine, struct record *me, enum left_why why)
{
    word *leaving = &mine->table->memory->leaving[mine->number / 64];

    if (table_lock(mine) != 0)
        return -1;
    record_get_title(slot_of(mine), me);
    history_add_ended(mine->table, me, why);
    if (atomic_load(&slot_of(mine)->announced) == mine->serial)
        messages_add_presence(mine->table, MESSAGE_WENT, me);
    record_clear(slot_of(mine));
    messages_leave(mine->table, mine->number);
    atomic_fetch_or(leaving, UINT64_C(1) << mine->number % 64);
    table_unlock(mine);
    return 0;
}

static size_t copy_present(const struct table_memory *memory, uint32_t top, struct slot_brief *to)
{
    size_t used = 0;

    for (uint32_t i = 0; i < top; i++)
        if (record_load(&memory->slot[i], &to[used], WORDS(*to)) && to[used].serial != 0) {
            to[used].name[NAME_SIZE - 1] = '\0';
            used++;
        }
    return used;
}

/* Copies twice, because the first time fills pages and caches: the lock is then held for a fraction
 * of the time. */
int slot_list(struct slot *mine, struct slot_brief **list, size_t *count)
{
    struct table_memory *memory = mine->table->memory;
    uint32_t top = view_about(mine->table).top;
    struct slot_brief *found = calloc(top ? top : 1, sizeof *found);

    _Static_assert(offsetof(struct record, connected) == offsetof(struct slot_brief, connected),
                   "a brief is how a record begins");
    if (found == NULL)
        return -1;
    (void)copy_present(memory, top, found);
    if (table_lock(mine) != 0) {
        free(found);
        return -1;
    }
    *count = copy_present(memory, top, found);
    table_unlock(mine);
    *list = found;
    return 0;
}

bool slot_is_kicked(const struct slot *mine)
{
    return atomic_load(&slot_of(mine)->kicked) == mine->serial;
}

void slot_reason(const struct table *table, uint32_t slot, char reason[TABLE_REASON])
{
    words_load(reason, table->memory->slot[slot].reason, TABLE_REASON / sizeof(uint64_t));
    reason[TABLE_REASON - 1] = '\0';
}

bool slot_was_kicked(const struct table *table, uint64_t serial, uint32_t *slot)
{
    const uint32_t slots = view_about(table).slots;
    char reason[TABLE_REASON];

    for (uint32_t i = 0; i < slots; i++) {
        if (serial == 0 || atomic_load(&table->memory->slot[i].kicked) != serial)
            continue;
        slot_reason(table, i, reason);
        if (strcmp(reason, REASON_BACK) == 0)
            return false;
        *slot = i;
        return true;
    }
    return false;
}

/* The hash is FNV-1a. 0 stands for nothing told. */
bool slot_tells_first(const struct slot *mine, const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    hash |= 1;
    return atomic_exchange(&table_store(mine->table)->told[hash / 2 % TOLD], hash) != hash;
}

void table_count_refused(struct table *table, enum refused_why why)
{
    atomic_fetch_add(&table->memory->refused[why], 1);
}

void table_count_slowed(struct table *table)
{
    atomic_fetch_add(&table->memory->slowed, 1);
}
