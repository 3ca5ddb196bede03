#define _POSIX_C_SOURCE 200809L

#include "shm/table/view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/table/layout.h"
#include "shm/table/object.h"
#include "shm/table/record.h"

int view_open(struct table *table, const char *room)
{
    const struct table_memory *memory;
    struct stat st;
    int failed = EBADMSG;

    object_name(table->path, sizeof table->path, room);
    table->fd = shm_open(table->path, O_RDONLY, 0);
    if (table->fd < 0)
        return -1;
    if (fstat(table->fd, &st) != 0 || st.st_size < (off_t)TABLE_SIZE(1))
        goto fail;
    table->size = (size_t)st.st_size;
    table->memory = mmap(NULL, table->size, PROT_READ, MAP_SHARED, table->fd, 0);
    if (table->memory == MAP_FAILED) {
        failed = errno;
        goto fail;
    }
    memory = table->memory;
    if (atomic_load(&memory->magic) == TABLE_MAGIC && memory->layout == TABLE_LAYOUT &&
        memory->slot_size == sizeof memory->slot[0] && memory->store_size == sizeof(struct store) &&
        memory->slots >= 1 && memory->slots <= TABLE_SLOTS &&
        table->size == TABLE_SIZE(memory->slots))
        return 0;
    munmap(table->memory, table->size);
fail:
    close(table->fd);
    errno = failed;
    return -1;
}

void view_close(struct table *table)
{
    munmap(table->memory, table->size);
    close(table->fd);
}

bool view_is_alive(const struct table *table)
{
    return object_is_locked(table->fd);
}

bool view_runtime(const struct table *table, char path[TABLE_RUNTIME])
{
    memcpy(path, table->memory->runtime, TABLE_RUNTIME);
    return path[0] == '/' && memchr(path, '\0', TABLE_RUNTIME) != NULL;
}

bool view_missing(const struct table *table, char words[TABLE_MISSING])
{
    memcpy(words, table->memory->missing, TABLE_MISSING);
    return words[0] != '\0' && memchr(words, '\0', TABLE_MISSING) != NULL;
}

struct table_about view_about(const struct table *table)
{
    const struct table_memory *memory = table->memory;
    uint32_t top = atomic_load(&memory->top);
    /* from what is mapped, because the number in the table may have been damaged since */
    uint32_t slots = (uint32_t)((table->size - TABLE_SIZE(0)) / sizeof memory->slot[0]);

    return (struct table_about){
        .slots = slots,
        .top = top < slots ? top : slots,
        .limit = memory->limit < slots ? memory->limit : slots,
        .draining = memory->draining,
        .waiting = memory->waiting,
        .started = memory->started,
        .earlier = memory->earlier,
        .pid = (pid_t)memory->pid,
    };
}

struct counters view_counters(const struct table *table)
{
    const struct table_memory *memory = table->memory;
    struct counters counters = {
        .accepted = atomic_load(&memory->accepted) - memory->earlier,
        .reaped = atomic_load(&memory->reaped),
        .recovered = atomic_load(&memory->recovered),
        .lock_waits = atomic_load(&memory->lock.waits),
        .slowed = atomic_load(&memory->slowed),
        .log_lost = atomic_load(&memory->log_losses.lines),
        .unrecorded = atomic_load(&memory->unrecorded),
    };

    for (int i = 0; i < REFUSED_REASONS; i++)
        counters.refused[i] = atomic_load(&memory->refused[i]);
    for (int i = 0; i < LEFT_REASONS; i++)
        counters.left[i] = atomic_load(&memory->left[i]);
    return counters;
}

struct totals view_totals(const struct table *table)
{
    struct totals totals;

    words_load(&totals, table->memory->totals, WORDS(totals));
    return totals;
}

enum view_state view_read(const struct table *table, uint32_t slot, struct record *record)
{
    if (!record_load(&table->memory->slot[slot], record, WORDS(*record)))
        return READ_TORN;
    if (record->serial == 0)
        return READ_FREE;
    if (memchr(record->name, '\0', sizeof record->name) == NULL || record->name[0] == '\0' ||
        memchr(record->doing, '\0', sizeof record->doing) == NULL ||
        memchr(record->hand_text, '\0', sizeof record->hand_text) == NULL)
        return READ_TORN;
    return READ_PRESENT;
}

struct view_lock view_lock(const struct table *table)
{
    struct lock *lock = &table->memory->lock;
    struct view_lock seen = {.free = -1};

    atomic_thread_fence(memory_order_seq_cst);
    seen.entries = atomic_load(&lock->entries); /* before `free`, for view_was_free */
    seen.epoch = atomic_load(&lock->epoch);
    sem_getvalue(&lock->sem[seen.epoch & 1], &seen.free);
    return seen;
}

/* Whoever comes in counts its entry before it writes anything. */
bool view_was_free(const struct view_lock *first, const struct view_lock *second)
{
    return first->free == 1 && first->epoch != 0 && first->epoch == second->epoch &&
           first->entries == second->entries;
}

uint32_t view_at_lock(const struct table *table, uint32_t slot)
{
    return atomic_load(&table->memory->slot[slot].at);
}
