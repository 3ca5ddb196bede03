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

#include "shm/table/layout.h"
#include "shm/table/object.h"

const char *registry_why_text(enum registry_why why)
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

void registry_peer_text(const struct registry_peer *peer, char text[REGISTRY_PEER_TEXT])
{
    size_t length;

    if (peer->family == 4) {
        put_ipv4(peer->address, text);
    } else if (peer->family != 6 ||
               inet_ntop(AF_INET6, peer->address, text, REGISTRY_PEER_TEXT) == NULL) {
        memcpy(text, "-", sizeof "-");
    } else if (peer->scope != 0) {
        length = strlen(text);
        (void)snprintf(text + length, REGISTRY_PEER_TEXT - length, "%%%u", (unsigned)peer->scope);
    }
}

int64_t registry_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool registry_room_valid(const char *room)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(room);

    return length >= 1 && length <= REGISTRY_ROOM_MAX && room[0] != '.' &&
           strspn(room, allowed) == length;
}

/* ---- the table as a whole */

void registry_name_object(struct registry *registry, const char *room)
{
    (void)snprintf(registry->path, sizeof registry->path, "/rollcall.%s", room);
}

struct store *table_store(const struct registry *registry)
{
    return (struct store *)(void *)((char *)registry->table + registry->size -
                                    sizeof(struct store));
}

int registry_create(struct registry *registry, const char *room, uint32_t places)
{
    struct registry_table *table;
    size_t size = TABLE_SIZE(places);
    int failed;

    registry_name_object(registry, room);
    registry->size = size;
    registry->fd = object_make(registry->path);
    if (registry->fd < 0)
        return -1;
    /* all of it now: a full file system says so here, and not with SIGBUS in a handler */
    failed = posix_fallocate(registry->fd, 0, (off_t)size);
    if (failed != 0)
        goto fail;
    table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, registry->fd, 0);
    if (table == MAP_FAILED) {
        failed = errno;
        goto fail;
    }
    registry->table = table;
    memset(table, 0,
           size); /* a page that was never written is mapped alone, without its neighbours */
    memset(registry->runtime, 0, sizeof registry->runtime);
    registry->made =
        (struct registry_about){.places = places, .pid = getpid(), .started = (int64_t)time(NULL)};
    if (lock_init(&table->lock) != 0) {
        failed = errno;
        munmap(table, size);
        goto fail;
    }
    registry_restore(registry, 0);
    return 0;
fail:
    shm_unlink(registry->path);
    close(registry->fd);
    errno = failed;
    return -1;
}

void registry_set_runtime(struct registry *registry, const char *path)
{
    (void)snprintf(registry->runtime, sizeof registry->runtime, "%s", path);
    memcpy(registry->table->runtime, registry->runtime, sizeof registry->runtime);
}

void registry_destroy(struct registry *registry)
{
    shm_unlink(registry->path);
    munmap(registry->table, registry->size);
    close(registry->fd);
}

/* ---- records */

/* The newest entry decides whether this session is in it already: whoever died between writing it
 * and closing its record held the lock, so nobody has written another one since. */
static void add_ended(struct registry *registry, const struct registry_record *record,
                      enum registry_why why)
{
    struct registry_table *table = registry->table;
    struct ring ring = RING_OF(table->added.ended, table_store(registry)->ended);
    struct registry_ended ended = {
        .serial = record->serial,
        .peer = record->peer,
        .connected = record->connected,
        .left = (int64_t)time(NULL),
        .lasted_ns = registry_now() - record->connected_ns,
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
    atomic_fetch_add(&table->left[why], 1);
}

int registry_enter(struct registry *registry, uint32_t place, const struct registry_record *me)
{
    struct registry_table *table = registry->table;

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    place_entitle(&table->place[place], me);
    place_publish(&table->place[place], me);
    room_put(registry, ROOM_CAME, me);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

void registry_update(struct registry *registry, uint32_t place, const struct registry_record *me)
{
    place_publish(&registry->table->place[place], me);
}

int registry_leave(struct registry *registry, uint32_t place, struct registry_record *me,
                   enum registry_why why)
{
    static const struct registry_record nobody;
    struct registry_table *table = registry->table;

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1; /* the parent closes the record */
    place_title(&table->place[place], me);
    add_ended(registry, me, why);
    room_put(registry, ROOM_WENT, me);
    place_publish(&table->place[place], &nobody);
    room_forget(registry, place);
    atomic_fetch_or(&table->leaving[place / 64], UINT64_C(1) << place % 64);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

bool registry_closed(const struct registry *registry, uint32_t place)
{
    struct registry_record record;

    return place_load(&registry->table->place[place], &record, 1) && record.serial == 0;
}

void registry_close(struct registry *registry, uint32_t place, uint64_t serial)
{
    static const struct registry_record nobody;
    struct registry_record record;

    if (place_load(&registry->table->place[place], &record, WORDS(record)) &&
        record.serial == serial) {
        record.name[sizeof record.name - 1] = '\0';
        add_ended(registry, &record, LEFT_KILLED);
        room_put(registry, ROOM_WENT, &record);
    }
    place_publish(&registry->table->place[place], &nobody);
    room_forget(registry, place);
    atomic_store(&registry->table->place[place].at, 0);
}

static size_t copy_present(const struct registry_table *table, uint32_t top,
                           struct registry_brief *to)
{
    size_t used = 0;

    for (uint32_t i = 0; i < top; i++)
        if (place_load(&table->place[i], &to[used], WORDS(*to)) && to[used].serial != 0) {
            to[used].name[REGISTRY_NAME_SIZE - 1] = '\0';
            used++;
        }
    return used;
}

/* Twice: with the pages and the caches that the first time has filled, the lock is held for a
 * fraction of the time. */
int registry_present(struct registry *registry, uint32_t place, struct registry_brief **list,
                     size_t *count)
{
    struct registry_table *table = registry->table;
    uint32_t top = registry_about(registry).top;
    struct registry_brief *found = calloc(top ? top : 1, sizeof *found);

    _Static_assert(offsetof(struct registry_record, connected) ==
                       offsetof(struct registry_brief, connected),
                   "a brief is how a record begins");
    if (found == NULL)
        return -1;
    (void)copy_present(table, top, found);
    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0) {
        free(found);
        return -1;
    }
    *count = copy_present(table, top, found);
    lock_leave(&table->lock, &table->place[place].at);
    *list = found;
    return 0;
}

int registry_note(struct registry *registry, uint32_t place,
                  const struct registry_transfer *transfer)
{
    struct registry_table *table = registry->table;
    struct ring ring = RING_OF(table->added.transfers, table_store(registry)->transfers);

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    ring_write(ring, transfer);
    ring_advance(ring);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

/* ---- digests */

static bool is_session(void *context, uint32_t place, uint64_t serial)
{
    const struct registry *registry = context;
    uint64_t now;

    return place < registry_about(registry).places &&
           place_load(&registry->table->place[place], &now, 1) && now == serial;
}

int registry_ask_digest(struct registry *registry, uint32_t place, uint64_t serial,
                        const struct digest_version *version, unsigned char digest[DIGEST_SIZE],
                        enum digest_answer *answer)
{
    struct registry_table *table = registry->table;

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    *answer = digests_ask(&table_store(registry)->digests, version, place, serial, digest,
                          is_session, registry);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

int registry_tell_digest(struct registry *registry, uint32_t place, uint64_t serial,
                         const struct digest_version *version,
                         const unsigned char digest[DIGEST_SIZE])
{
    struct registry_table *table = registry->table;

    if (lock_enter(&table->lock, &table->place[place].at, registry->made.pid) != 0)
        return -1;
    digests_tell(&table_store(registry)->digests, version, place, serial, digest);
    lock_leave(&table->lock, &table->place[place].at);
    return 0;
}

/* ---- the parent's part */

void registry_set_top(struct registry *registry, uint32_t top)
{
    atomic_store(&registry->table->top, top);
}

struct lock *registry_lock(struct registry *registry)
{
    return &registry->table->lock;
}

lock_at *registry_at(struct registry *registry, uint32_t place)
{
    return &registry->table->place[place].at;
}

uint32_t registry_leaving(const struct registry *registry, uint32_t from)
{
    uint32_t top = registry_about(registry).top;

    while (from < top) {
        uint64_t bits = atomic_load(&registry->table->leaving[from / 64]) >> from % 64;

        if (bits == 0) {
            from += 64 - from % 64;
            continue;
        }
        for (; (bits & 1) == 0; bits >>= 1)
            from++;
        return from;
    }
    return REGISTRY_PLACES;
}

void registry_left(struct registry *registry, uint32_t place)
{
    uint64_t bit = UINT64_C(1) << place % 64;

    if ((atomic_load(&registry->table->leaving[place / 64]) & bit) != 0)
        atomic_fetch_and(&registry->table->leaving[place / 64], ~bit);
}

bool registry_is_sound(const struct registry *registry)
{
    const struct registry_table *table = registry->table;
    const struct registry_about *made = &registry->made;

    return atomic_load(&table->magic) == TABLE_MAGIC && table->layout == TABLE_LAYOUT &&
           table->place_size == sizeof table->place[0] &&
           table->store_size == sizeof(struct store) && table->places == made->places &&
           table->pid == (int32_t)made->pid && table->started == made->started &&
           memcmp(table->runtime, registry->runtime, sizeof table->runtime) == 0;
}

void registry_restore(struct registry *registry, uint64_t accepted)
{
    struct registry_table *table = registry->table;

    table->layout = TABLE_LAYOUT;
    table->place_size = sizeof table->place[0];
    table->store_size = sizeof(struct store);
    table->places = registry->made.places;
    table->pid = (int32_t)registry->made.pid;
    table->started = registry->made.started;
    memcpy(table->runtime, registry->runtime, sizeof table->runtime);
    atomic_store(&table->accepted, accepted);
    if (atomic_load(&table->added.ended) > accepted) { /* then nor are the others what they were */
        atomic_store(&table->added.ended, 0);
        atomic_store(&table->added.transfers, 0);
        for (int ring = 0; ring < ROOM_RINGS; ring++)
            atomic_store(&table->added.lines[ring], 0);
    }
    atomic_store(&table->magic, TABLE_MAGIC);
}

bool registry_place_is_sound(const struct registry *registry, uint32_t place, uint64_t serial)
{
    const struct registry_table *table = registry->table;
    struct registry_record record;

    if (atomic_load(&table->place[place].at) > atomic_load(&table->lock.epoch))
        return false;
    switch (registry_read(registry, place, &record)) {
    case READ_FREE:
        return true;
    case READ_PRESENT:
        return record.serial == serial;
    case READ_TORN:
        break;
    }
    return false;
}

void registry_restore_place(struct registry *registry, uint32_t place,
                            const struct registry_record *record)
{
    place_entitle(&registry->table->place[place], record);
    place_publish(&registry->table->place[place], record);
    atomic_store(&registry->table->place[place].at, 0);
}

void registry_count_accepted(struct registry *registry)
{
    atomic_fetch_add(&registry->table->accepted, 1);
}

void registry_count_refused(struct registry *registry, enum registry_refused why)
{
    atomic_fetch_add(&registry->table->refused[why], 1);
}

void registry_count_slowed(struct registry *registry)
{
    atomic_fetch_add(&registry->table->slowed, 1);
}

void registry_count_reaped(struct registry *registry)
{
    atomic_fetch_add(&registry->table->reaped, 1);
}

void registry_count_recovered(struct registry *registry)
{
    atomic_fetch_add(&registry->table->recovered, 1);
}
