#define _POSIX_C_SOURCE 200809L

#include "shm/table/registry.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "shm/table/layout.h"
#include "shm/table/object.h"

const char *left_text(enum left_why why)
{
    static const char *const text[LEFT_REASONS] = {
        [LEFT_EXIT] = "exit",
        [LEFT_CLOSED] = "closed the connection",
        [LEFT_LOST] = "connection lost",
        [LEFT_STALLED] = "did not read its replies",
        [LEFT_UNSENT] = "stopped sending a file",
        [LEFT_CHANGED] = "file changed while it was sent",
        [LEFT_SHUTDOWN] = "server shut down",
        [LEFT_KILLED] = "handler died",
        [LEFT_IDLE] = "idle for too long",
        [LEFT_UNENDED] = "did not end a line",
        [LEFT_KICKED] = "sent away",
    };

    return (unsigned)why < LEFT_REASONS ? text[why] : "unknown";
}

/* Said of each client, so inet_ntop(3), which goes through printf, is asked for IPv6 alone. */
static void put_ipv4(const unsigned char address[4], char text[INET_ADDRSTRLEN])
{
    for (int i = 0; i < 4; i++) {
        if (address[i] >= 100)
            *text++ = (char)('0' + address[i] / 100);
        if (address[i] >= 10)
            *text++ = (char)('0' + address[i] / 10 % 10);
        *text++ = (char)('0' + address[i] % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
}

void peer_text(const struct peer *peer, char text[PEER_TEXT])
{
    size_t length;

    if (peer->family == 4) {
        put_ipv4(peer->address, text);
    } else if (peer->family != 6 || inet_ntop(AF_INET6, peer->address, text, PEER_TEXT) == NULL) {
        memcpy(text, "-", sizeof "-");
    } else if (peer->scope != 0) {
        length = strlen(text);
        (void)snprintf(text + length, PEER_TEXT - length, "%%%u", (unsigned)peer->scope);
    }
}

bool table_room_valid(const char *room)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(room);

    return length >= 1 && length <= TABLE_ROOM_MAX && room[0] != '.' &&
           strspn(room, allowed) == length;
}

/* ---- the table as a whole */

void table_name_object(struct table *table, const char *room)
{
    (void)snprintf(table->path, sizeof table->path, "/rollcall.%s", room);
}

struct store *table_store(const struct table *table)
{
    return (struct store *)(void *)((char *)table->memory + table->size - sizeof(struct store));
}

int registry_create(struct table *table, const char *room, uint32_t slots)
{
    struct table_memory *memory;
    size_t size = TABLE_SIZE(slots);
    int failed;

    table_name_object(table, room);
    table->size = size;
    table->fd = object_make(table->path);
    if (table->fd < 0)
        return -1;
    /* all of it now: a full file system says so here, and not with SIGBUS in a handler */
    failed = posix_fallocate(table->fd, 0, (off_t)size);
    if (failed != 0)
        goto fail;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
    if (memory == MAP_FAILED) {
        failed = errno;
        goto fail;
    }
    table->memory = memory;
    memset(memory, 0,
           size); /* a page that was never written is mapped alone, without its neighbours */
    memset(table->runtime, 0, sizeof table->runtime);
    table->made =
        (struct table_about){.slots = slots, .pid = getpid(), .started = (int64_t)time(NULL)};
    if (lock_init(&memory->lock) != 0) {
        failed = errno;
        munmap(memory, size);
        goto fail;
    }
    registry_restore(table, 0);
    return 0;
fail:
    shm_unlink(table->path);
    close(table->fd);
    errno = failed;
    return -1;
}

void registry_set_runtime(struct table *table, const char *path)
{
    (void)snprintf(table->runtime, sizeof table->runtime, "%s", path);
    memcpy(table->memory->runtime, table->runtime, sizeof table->runtime);
}

void registry_destroy(struct table *table)
{
    shm_unlink(table->path);
    munmap(table->memory, table->size);
    close(table->fd);
}

/* ---- records */

/* The newest entry decides whether this session is in it already: whoever died between writing it
 * and closing its record held the lock, so nobody has written another one since. */
static void add_ended(struct table *table, const struct record *record, enum left_why why)
{
    struct table_memory *memory = table->memory;
    struct ring ring = RING_OF(memory->added.ended, table_store(table)->ended);
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
    };

    memcpy(ended.name, record->name, sizeof ended.name);
    ring_write(ring, &ended);
    if (ring_newest(ring) == record->serial)
        return;
    ring_advance(ring);
    atomic_fetch_add(&memory->left[why], 1);
}

static struct slot_memory *slot_of(const struct slot *mine)
{
    return &mine->table->memory->slot[mine->number];
}

static int enter(struct slot *mine)
{
    return lock_enter(&mine->table->memory->lock, &slot_of(mine)->at, mine->table->made.pid);
}

static void leave(struct slot *mine)
{
    lock_leave(&mine->table->memory->lock, &slot_of(mine)->at);
}

int slot_enter(struct slot *mine, const struct record *me)
{
    if (enter(mine) != 0)
        return -1;
    record_set_title(slot_of(mine), me);
    record_publish(slot_of(mine), me);
    messages_add_presence(mine->table, MESSAGE_CAME, me);
    leave(mine);
    return 0;
}

void slot_update(struct slot *mine, const struct record *me)
{
    record_publish(slot_of(mine), me);
}

int slot_leave(struct slot *mine, struct record *me, enum left_why why)
{
    static const struct record nobody;
    struct table_memory *memory = mine->table->memory;

    if (enter(mine) != 0)
        return -1; /* the parent closes the record */
    record_get_title(slot_of(mine), me);
    add_ended(mine->table, me, why);
    messages_add_presence(mine->table, MESSAGE_WENT, me);
    record_publish(slot_of(mine), &nobody);
    hear_forget(mine->table, mine->number);
    atomic_fetch_or(&memory->leaving[mine->number / 64], UINT64_C(1) << mine->number % 64);
    leave(mine);
    return 0;
}

bool registry_slot_is_empty(const struct table *table, uint32_t slot)
{
    struct record record;

    return record_load(&table->memory->slot[slot], &record, 1) && record.serial == 0;
}

void registry_close_record(struct table *table, uint32_t slot, uint64_t serial)
{
    static const struct record nobody;
    struct record record;

    if (record_load(&table->memory->slot[slot], &record, WORDS(record)) &&
        record.serial == serial) {
        record.name[sizeof record.name - 1] = '\0';
        add_ended(table, &record, LEFT_KILLED);
        messages_add_presence(table, MESSAGE_WENT, &record);
    }
    record_publish(&table->memory->slot[slot], &nobody);
    hear_forget(table, slot);
    atomic_store(&table->memory->slot[slot].at, 0);
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

/* Twice: with the pages and the caches that the first time has filled, the lock is held for a
 * fraction of the time. */
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
    if (enter(mine) != 0) {
        free(found);
        return -1;
    }
    *count = copy_present(memory, top, found);
    leave(mine);
    *list = found;
    return 0;
}

int history_note(struct slot *mine, const struct transfer *transfer)
{
    struct table_memory *memory = mine->table->memory;
    struct ring ring = RING_OF(memory->added.transfers, table_store(mine->table)->transfers);

    if (enter(mine) != 0)
        return -1;
    ring_write(ring, transfer);
    ring_advance(ring);
    leave(mine);
    return 0;
}

/* ---- digests */

static bool is_session(void *context, uint32_t slot, uint64_t serial)
{
    const struct table *table = context;
    uint64_t now;

    return slot < view_about(table).slots && record_load(&table->memory->slot[slot], &now, 1) &&
           now == serial;
}

int slot_ask_digest(struct slot *mine, const struct digest_version *version,
                    unsigned char digest[DIGEST_SIZE], enum digest_answer *answer)
{
    if (enter(mine) != 0)
        return -1;
    *answer = digests_ask(&table_store(mine->table)->digests, version, mine->number, mine->serial,
                          digest, is_session, mine->table);
    leave(mine);
    return 0;
}

int slot_tell_digest(struct slot *mine, const struct digest_version *version,
                     const unsigned char digest[DIGEST_SIZE])
{
    if (enter(mine) != 0)
        return -1;
    digests_tell(&table_store(mine->table)->digests, version, mine->number, mine->serial, digest);
    leave(mine);
    return 0;
}

/* ---- the parent's part */

void registry_set_top(struct table *table, uint32_t top)
{
    atomic_store(&table->memory->top, top);
}

struct lock *registry_lock(struct table *table)
{
    return &table->memory->lock;
}

lock_at *registry_at(struct table *table, uint32_t slot)
{
    return &table->memory->slot[slot].at;
}

uint32_t registry_next_leaving(const struct table *table, uint32_t from)
{
    uint32_t top = view_about(table).top;

    while (from < top) {
        uint64_t bits = atomic_load(&table->memory->leaving[from / 64]) >> from % 64;

        if (bits == 0) {
            from += 64 - from % 64;
            continue;
        }
        for (; (bits & 1) == 0; bits >>= 1)
            from++;
        return from;
    }
    return TABLE_SLOTS;
}

void registry_clear_leaving(struct table *table, uint32_t slot)
{
    uint64_t bit = UINT64_C(1) << slot % 64;

    if ((atomic_load(&table->memory->leaving[slot / 64]) & bit) != 0)
        atomic_fetch_and(&table->memory->leaving[slot / 64], ~bit);
}

bool registry_is_sound(const struct table *table)
{
    const struct table_memory *memory = table->memory;
    const struct table_about *made = &table->made;

    return atomic_load(&memory->magic) == TABLE_MAGIC && memory->layout == TABLE_LAYOUT &&
           memory->slot_size == sizeof memory->slot[0] &&
           memory->store_size == sizeof(struct store) && memory->slots == made->slots &&
           memory->pid == (int32_t)made->pid && memory->started == made->started &&
           memcmp(memory->runtime, table->runtime, sizeof memory->runtime) == 0;
}

void registry_restore(struct table *table, uint64_t accepted)
{
    struct table_memory *memory = table->memory;

    memory->layout = TABLE_LAYOUT;
    memory->slot_size = sizeof memory->slot[0];
    memory->store_size = sizeof(struct store);
    memory->slots = table->made.slots;
    memory->pid = (int32_t)table->made.pid;
    memory->started = table->made.started;
    memcpy(memory->runtime, table->runtime, sizeof memory->runtime);
    atomic_store(&memory->accepted, accepted);
    if (atomic_load(&memory->added.ended) > accepted) { /* then nor are the others what they were */
        atomic_store(&memory->added.ended, 0);
        atomic_store(&memory->added.transfers, 0);
        for (int ring = 0; ring < RINGS; ring++)
            atomic_store(&memory->added.lines[ring], 0);
    }
    atomic_store(&memory->magic, TABLE_MAGIC);
}

bool registry_slot_is_sound(const struct table *table, uint32_t slot, uint64_t serial)
{
    const struct table_memory *memory = table->memory;
    struct record record;

    if (atomic_load(&memory->slot[slot].at) > atomic_load(&memory->lock.epoch))
        return false;
    switch (view_read(table, slot, &record)) {
    case READ_FREE:
        return true;
    case READ_PRESENT:
        return record.serial == serial;
    case READ_TORN:
        break;
    }
    return false;
}

void registry_restore_slot(struct table *table, uint32_t slot, const struct record *record)
{
    record_set_title(&table->memory->slot[slot], record);
    record_publish(&table->memory->slot[slot], record);
    atomic_store(&table->memory->slot[slot].at, 0);
}

void registry_count_accepted(struct table *table)
{
    atomic_fetch_add(&table->memory->accepted, 1);
}

void table_count_refused(struct table *table, enum refused_why why)
{
    atomic_fetch_add(&table->memory->refused[why], 1);
}

void table_count_slowed(struct table *table)
{
    atomic_fetch_add(&table->memory->slowed, 1);
}

void registry_count_reaped(struct table *table)
{
    atomic_fetch_add(&table->memory->reaped, 1);
}

void registry_count_recovered(struct table *table)
{
    atomic_fetch_add(&table->memory->recovered, 1);
}
