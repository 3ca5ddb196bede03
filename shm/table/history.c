#define _POSIX_C_SOURCE 200809L

#include "shm/table/history.h"

#include <string.h>
#include <time.h>

#include "server/wire/clock.h"
#include "shm/table/layout.h"

static struct ring sessions_of(const struct table *table)
{
    return RING_OF(table->memory->added.ended, table_store(table)->ended);
}

static struct ring transfers_of(const struct table *table)
{
    return RING_OF(table->memory->added.transfers, table_store(table)->transfers);
}

int history_note(struct slot *mine, const struct transfer *transfer)
{
    struct ring ring = transfers_of(mine->table);

    if (table_lock(mine) != 0)
        return -1;
    ring_write(ring, transfer);
    ring_advance(ring);
    table_unlock(mine);
    return 0;
}

/* A handler that dies after this and before the session is in the ring has it counted twice, which
 * is better than not at all: a sum never falls. */
static void add_totals(struct table *table, const struct ended *ended)
{
    struct totals more = {
        .requests = ended->requests,
        .messages = ended->messages,
        .bytes_in = ended->bytes_in,
        .bytes_out = ended->bytes_out,
        .lasted_ns = ended->lasted_ns > 0 ? (uint64_t)ended->lasted_ns : 0,
    };
    uint64_t value[WORDS(more)];
    size_t i = 0;

    while (i < LASTED_BOUNDS && more.lasted_ns > lasted_bound(i) * UINT64_C(1000000000))
        i++;
    more.lasted[i] = 1;
    memcpy(value, &more, sizeof value);
    for (i = 0; i < WORDS(more); i++)
        if (value[i] != 0)
            atomic_fetch_add(&table->memory->totals[i], value[i]);
}

/* Only the newest entry can be this session: a handler that died between adding the entry and
 * clearing its slot held the lock, so nobody has added another entry since. */
void history_add_ended(struct table *table, const struct record *record, enum left_why why)
{
    struct ring ring = sessions_of(table);
    struct ended ended = {
        .serial = record->serial,
        .peer = record->peer,
        .connected = record->connected,
        .left = (int64_t)time(NULL),
        .lasted_ns = clock_now() - record->connected_ns,
        .requests = record->requests,
        .messages = record->messages,
        .bytes_in = record->bytes_in,
        .bytes_out = record->bytes_out,
        .why = (uint32_t)why,
        .via = record->via,
    };

    memcpy(ended.name, record->name, sizeof ended.name);
    ring_write(ring, &ended);
    if (ring_newest(ring) == record->serial)
        return;
    add_totals(table, &ended);
    ring_advance(ring);
    atomic_fetch_add(&table->memory->left[why], 1);
}

void history_refill_ended(struct table *table, const struct ended *ended)
{
    ring_write(sessions_of(table), ended);
    ring_advance(sessions_of(table));
}

void history_refill_transfer(struct table *table, const struct transfer *transfer)
{
    ring_write(transfers_of(table), transfer);
    ring_advance(transfers_of(table));
}

int history_sessions(const struct table *table, struct ended **list, size_t *count)
{
    void *copy;

    if (ring_copy(sessions_of(table), &copy, count) != 0)
        return -1;
    *list = copy;
    for (size_t i = 0; i < *count; i++)
        (*list)[i].name[NAME_SIZE - 1] = '\0';
    return 0;
}

int history_transfers(const struct table *table, struct transfer **list, size_t *count)
{
    void *copy;

    if (ring_copy(transfers_of(table), &copy, count) != 0)
        return -1;
    *list = copy;
    for (size_t i = 0; i < *count; i++) {
        (*list)[i].client[NAME_SIZE - 1] = '\0';
        (*list)[i].file[FILE_NAME_SIZE - 1] = '\0';
    }
    return 0;
}
