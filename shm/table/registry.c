#define _POSIX_C_SOURCE 200809L

#include "shm/table/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shm/table/history.h"
#include "shm/table/layout.h"
#include "shm/table/messages.h"
#include "shm/table/object.h"
#include "shm/table/record.h"
#include "shm/table/view.h"

/* ---- the table as a whole */

static bool has_name(const struct table *table)
{
    struct stat object;

    return fstat(table->fd, &object) == 0 && object.st_nlink > 0;
}

/* The wall clock in nanoseconds: no two tables of a room are made at the same one. */
static void begin_run(struct table_memory *memory)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    atomic_store(&memory->run, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

int registry_create(struct table *table, const char *room, uint32_t slots)
{
    struct table_memory *memory;
    size_t size = TABLE_SIZE(slots);
    int failed;

    object_name(table->path, sizeof table->path, room);
    table->size = size;
    table->fd = object_make(table->path);
    if (table->fd < 0)
        return -1;
    table->counts_names = has_name(table);
    /* allocate everything now, so that a full file system is an error here instead of a SIGBUS in a
     * handler */
    failed = posix_fallocate(table->fd, 0, (off_t)size);
    if (failed != 0)
        goto fail;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
    if (memory == MAP_FAILED) {
        failed = errno;
        goto fail;
    }
    table->memory = memory;
    /* write each page: a page fault maps neighbours only if they were written before */
    memset(memory, 0, size);
    memset(table->runtime, 0, sizeof table->runtime);
    memset(table->missing, 0, sizeof table->missing);
    table->made = (struct table_about){
        .slots = slots, .limit = slots, .pid = getpid(), .started = (int64_t)time(NULL)};
    if (lock_init(&memory->lock) != 0) {
        failed = errno;
        munmap(memory, size);
        goto fail;
    }
    begin_run(memory);
    registry_restore(table, 0);
    return 0;
fail:
    shm_unlink(table->path);
    close(table->fd);
    errno = failed;
    return -1;
}

uint64_t registry_layout(void)
{
    const uint64_t sizes[] = {sizeof(struct table_memory), sizeof(struct slot_memory),
                              sizeof(struct store), sizeof(struct table)};
    uint64_t layout = TABLE_LAYOUT;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        layout = layout * UINT64_C(1099511628211) ^ sizes[i];
    return layout;
}

int registry_map(struct table *table)
{
    struct stat object;

    if (fstat(table->fd, &object) != 0)
        return -1;
    if (object.st_size != (off_t)table->size || table->size != TABLE_SIZE(table->made.slots)) {
        errno = EBADMSG;
        return -1;
    }
    table->memory = mmap(NULL, table->size, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
    return table->memory == MAP_FAILED ? -1 : 0;
}

void registry_set_runtime(struct table *table, const char *path)
{
    (void)snprintf(table->runtime, sizeof table->runtime, "%s", path);
    memcpy(table->memory->runtime, table->runtime, sizeof table->runtime);
}

void registry_set_missing(struct table *table, const char *words)
{
    (void)snprintf(table->missing, sizeof table->missing, "%s", words);
    memcpy(table->memory->missing, table->missing, sizeof table->missing);
}

void registry_set_limit(struct table *table, uint32_t limit)
{
    table->made.limit = limit;
    table->memory->limit = limit;
}

void registry_set_draining(struct table *table)
{
    table->made.draining = 1;
    table->memory->draining = 1;
}

void registry_set_waiting(struct table *table, uint32_t waiting)
{
    table->made.waiting = waiting;
    table->memory->waiting = waiting;
}

bool registry_is_removed(const struct table *table)
{
    return table->counts_names && !has_name(table);
}

void registry_destroy(struct table *table)
{
    if (!registry_is_removed(table))
        shm_unlink(table->path);
    munmap(table->memory, table->size);
    close(table->fd);
}

void registry_set_top(struct table *table, uint32_t top)
{
    atomic_store(&table->memory->top, top);
}

void registry_count_accepted(struct table *table)
{
    atomic_fetch_add(&table->memory->accepted, 1);
}

void registry_count_refused(struct table *table, enum refused_why why)
{
    atomic_fetch_add(&table->memory->refused[why], 1);
}

void registry_count_reaped(struct table *table)
{
    atomic_fetch_add(&table->memory->reaped, 1);
}

void registry_count_recovered(struct table *table)
{
    atomic_fetch_add(&table->memory->recovered, 1);
}

void registry_count_unrecorded(struct table *table, uint64_t count)
{
    atomic_fetch_add(&table->memory->unrecorded, count);
}

/* ---- what an earlier daemon knew */

void registry_refill_ended(struct table *table, const struct ended *ended)
{
    history_refill_ended(table, ended);
}

void registry_refill_transfer(struct table *table, const struct transfer *transfer)
{
    history_refill_transfer(table, transfer);
}

void registry_resume(struct table *table, uint64_t serial)
{
    table->made.earlier = table->memory->earlier = serial;
    atomic_store(&table->memory->accepted, serial);
}

struct log_losses *registry_log_losses(struct table *table)
{
    return &table->memory->log_losses;
}

struct lock *registry_lock(struct table *table)
{
    return &table->memory->lock;
}

lock_at *registry_at(struct table *table, uint32_t slot)
{
    return &table->memory->slot[slot].at;
}

void registry_kick(struct table *table, uint32_t slot, uint64_t serial, const char *reason)
{
    struct slot_memory *at = &table->memory->slot[slot];
    char text[TABLE_REASON] = "";
    size_t length = strnlen(reason, sizeof text);

    if (length == sizeof text) /* cut between characters */
        do
            length--;
        while (length > 0 && ((unsigned char)reason[length] & 0xc0) == 0x80);
    memcpy(text, reason, length);
    words_store(at->reason, text, WORDS(text));
    atomic_store(&at->kicked, serial);
}

/* ---- after a handler's end */

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

bool registry_slot_is_empty(const struct table *table, uint32_t slot)
{
    struct record record;

    return record_load(&table->memory->slot[slot], &record, 1) && record.serial == 0;
}

void registry_close_record(struct table *table, uint32_t slot, uint64_t serial)
{
    struct record record;

    if (record_load(&table->memory->slot[slot], &record, WORDS(record)) &&
        record.serial == serial) {
        record.name[sizeof record.name - 1] = '\0';
        history_add_ended(table, &record, LEFT_KILLED);
        if (atomic_load(&table->memory->slot[slot].announced) == serial)
            messages_add_presence(table, MESSAGE_WENT, &record);
    }
    record_clear(&table->memory->slot[slot]);
    messages_leave(table, slot);
    atomic_store(&table->memory->slot[slot].at, 0);
}

/* ---- damage */

bool registry_is_sound(const struct table *table)
{
    const struct table_memory *memory = table->memory;
    const struct table_about *made = &table->made;

    return atomic_load(&memory->magic) == TABLE_MAGIC && memory->layout == TABLE_LAYOUT &&
           memory->slot_size == sizeof memory->slot[0] &&
           memory->store_size == sizeof(struct store) && memory->slots == made->slots &&
           memory->pid == (int32_t)made->pid && memory->started == made->started &&
           memory->earlier == made->earlier && memory->limit == made->limit &&
           memory->draining == made->draining && memory->waiting == made->waiting &&
           memcmp(memory->missing, table->missing, sizeof memory->missing) == 0 &&
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
    memory->earlier = table->made.earlier;
    memory->limit = table->made.limit;
    memory->draining = table->made.draining;
    memory->waiting = table->made.waiting;
    memcpy(memory->missing, table->missing, sizeof memory->missing);
    memcpy(memory->runtime, table->runtime, sizeof memory->runtime);
    atomic_store(&memory->accepted, accepted);
    if (atomic_load(&memory->added.ended) > accepted) { /* damaged, so all counts may be */
        atomic_store(&memory->added.ended, 0);
        atomic_store(&memory->added.transfers, 0);
        for (int ring = 0; ring < RINGS; ring++) {
            atomic_store(&memory->added.lines[ring], 0);
            atomic_store(&memory->taken[ring], 0);
        }
        atomic_store(&memory->rung, 0);
        begin_run(memory);
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
