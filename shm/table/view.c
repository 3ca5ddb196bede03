#define _POSIX_C_SOURCE 200809L

/* The readers' part of the registry: no lock, and nothing written. */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/table/layout.h"
#include "shm/table/object.h"
#include "shm/table/registry.h"

int registry_view(struct registry *registry, const char *room)
{
    const struct registry_table *table;
    struct stat st;
    int failed = EBADMSG;

    registry_name_object(registry, room);
    registry->fd = shm_open(registry->path, O_RDONLY, 0);
    if (registry->fd < 0)
        return -1;
    if (fstat(registry->fd, &st) != 0 || st.st_size < (off_t)TABLE_SIZE(1))
        goto fail;
    registry->size = (size_t)st.st_size;
    registry->table = mmap(NULL, registry->size, PROT_READ, MAP_SHARED, registry->fd, 0);
    if (registry->table == MAP_FAILED) {
        failed = errno;
        goto fail;
    }
    table = registry->table;
    if (atomic_load(&table->magic) == TABLE_MAGIC && table->layout == TABLE_LAYOUT &&
        table->place_size == sizeof table->place[0] && table->store_size == sizeof(struct store) &&
        table->places >= 1 && table->places <= REGISTRY_PLACES &&
        registry->size == TABLE_SIZE(table->places))
        return 0;
    munmap(registry->table, registry->size);
fail:
    close(registry->fd);
    errno = failed;
    return -1;
}

void registry_unview(struct registry *registry)
{
    munmap(registry->table, registry->size);
    close(registry->fd);
}

bool registry_alive(const struct registry *registry)
{
    return object_is_locked(registry->fd);
}

bool registry_runtime(const struct registry *registry, char path[REGISTRY_RUNTIME])
{
    memcpy(path, registry->table->runtime, REGISTRY_RUNTIME);
    return path[0] == '/' && memchr(path, '\0', REGISTRY_RUNTIME) != NULL;
}

struct registry_about registry_about(const struct registry *registry)
{
    const struct registry_table *table = registry->table;
    uint32_t top = atomic_load(&table->top);
    /* the size of what is mapped bounds the places, not what the table says by now */
    uint32_t places = (uint32_t)((registry->size - TABLE_SIZE(0)) / sizeof table->place[0]);

    return (struct registry_about){
        .places = places,
        .top = top < places ? top : places,
        .started = table->started,
        .pid = (pid_t)table->pid,
    };
}

enum registry_read registry_read(const struct registry *registry, uint32_t place,
                                 struct registry_record *record)
{
    if (!place_load(&registry->table->place[place], record, WORDS(*record)))
        return READ_TORN;
    if (record->serial == 0)
        return READ_FREE;
    if (memchr(record->name, '\0', sizeof record->name) == NULL || record->name[0] == '\0' ||
        memchr(record->doing, '\0', sizeof record->doing) == NULL ||
        memchr(record->hand_text, '\0', sizeof record->hand_text) == NULL)
        return READ_TORN;
    return READ_PRESENT;
}

int registry_history(const struct registry *registry, struct registry_ended **list, size_t *count)
{
    void *copy;

    if (ring_copy(RING_OF(registry->table->added.ended, table_store(registry)->ended), &copy,
                  count) != 0)
        return -1;
    *list = copy;
    for (size_t i = 0; i < *count; i++)
        (*list)[i].name[REGISTRY_NAME_SIZE - 1] = '\0';
    return 0;
}

int registry_transfers(const struct registry *registry, struct registry_transfer **list,
                       size_t *count)
{
    void *copy;

    if (ring_copy(RING_OF(registry->table->added.transfers, table_store(registry)->transfers),
                  &copy, count) != 0)
        return -1;
    *list = copy;
    for (size_t i = 0; i < *count; i++) {
        (*list)[i].client[REGISTRY_NAME_SIZE - 1] = '\0';
        (*list)[i].file[REGISTRY_FILE_SIZE - 1] = '\0';
    }
    return 0;
}

struct registry_counters registry_counters(const struct registry *registry)
{
    const struct registry_table *table = registry->table;

    struct registry_counters counters = {
        .accepted = atomic_load(&table->accepted),
        .reaped = atomic_load(&table->reaped),
        .recovered = atomic_load(&table->recovered),
        .lock_waits = atomic_load(&table->lock.waits),
        .slowed = atomic_load(&table->slowed),
    };

    for (int i = 0; i < REFUSED_REASONS; i++)
        counters.refused[i] = atomic_load(&table->refused[i]);
    for (int i = 0; i < LEFT_REASONS; i++)
        counters.left[i] = atomic_load(&table->left[i]);
    return counters;
}
