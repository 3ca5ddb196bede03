#include "shm/table/ring.h"

#include <stdlib.h>
#include <string.h>

void words_store(word *to, const void *from, size_t count)
{
    uint64_t value;

    for (size_t i = 0; i < count; i++) {
        memcpy(&value, (const char *)from + i * sizeof value, sizeof value);
        atomic_store_explicit(&to[i], value, memory_order_relaxed);
    }
}

void words_load(void *to, const word *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = atomic_load_explicit(&from[i], memory_order_relaxed);

        memcpy((char *)to + i * sizeof value, &value, sizeof value);
    }
}

static word *place(struct ring ring, uint64_t number)
{
    return ring.place + number % ring.entries * ring.words;
}

void ring_write(struct ring ring, const void *entry)
{
    words_store(place(ring, atomic_load(ring.added)), entry, ring.words);
}

void ring_advance(struct ring ring)
{
    atomic_fetch_add(ring.added, 1);
}

uint64_t ring_newest(struct ring ring)
{
    uint64_t added = atomic_load(ring.added);

    return added > 0 ? atomic_load(place(ring, added - 1)) : 0;
}

int ring_copy(struct ring ring, void **list, size_t *count)
{
    const size_t size = ring.words * sizeof(word);
    uint64_t end = atomic_load(ring.added), now;
    uint64_t begin = end > ring.entries ? end - ring.entries : 0;
    char *found = malloc(end > begin ? (size_t)(end - begin) * size : size);
    size_t used = 0, lost;

    if (found == NULL)
        return -1;
    for (uint64_t i = begin; i < end; i++, used++)
        words_load(found + used * size, place(ring, i), ring.words);
    atomic_thread_fence(memory_order_acquire);
    /* without the entries overwritten meanwhile, and the one being overwritten now */
    now = atomic_load(ring.added);
    lost = now >= ring.entries && now - ring.entries + 1 > begin
               ? (size_t)(now - ring.entries + 1 - begin)
               : 0;
    if (lost > used)
        lost = used;
    memmove(found, found + lost * size, (used - lost) * size);
    *list = found;
    *count = used - lost;
    return 0;
}
