/* What a place holds: its record, which its handler writes without the lock, and its title, which
 * is written under the lock alone. Both are kept twice; a number says which copy holds. */
#define _POSIX_C_SOURCE 200809L

#include <stdatomic.h>
#include <string.h>

#include "shm/table/layout.h"

#define HAND offsetof(struct registry_record, hand)

_Static_assert(offsetof(struct registry_record, name) == sizeof(uint64_t), "after the serial");
_Static_assert(sizeof(struct registry_record) - HAND ==
                   sizeof(struct title) - offsetof(struct title, hand),
               "the hand ends both");

/* The last move of the number is seen before the other copy changes. */
static uint32_t next_copy(const _Atomic uint32_t *number)
{
    uint32_t next = atomic_load_explicit(number, memory_order_relaxed) + 1;

    atomic_thread_fence(memory_order_seq_cst);
    return next;
}

void place_publish(struct place *place, const struct registry_record *record)
{
    uint32_t next = next_copy(&place->sequence);

    words_store(place->copy[next & 1], record, WORDS(*record));
    atomic_store_explicit(&place->sequence, next, memory_order_release);
}

void place_entitle(struct place *place, const struct registry_record *record)
{
    uint32_t next = next_copy(&place->titled);
    struct title title;

    memcpy(title.name, record->name, sizeof title.name);
    memcpy(&title.hand, &record->hand, sizeof title - offsetof(struct title, hand));
    words_store(place->title[next & 1], &title, WORDS(title));
    atomic_store_explicit(&place->titled, next, memory_order_release);
}

static void load_title(const word *title, void *to, size_t count)
{
    if (count >= 1 + WORDS(((struct title *)0)->name))
        words_load((char *)to + sizeof(uint64_t), title, WORDS(((struct title *)0)->name));
    if (count == WORDS(struct registry_record))
        words_load((char *)to + HAND, title + WORDS(((struct title *)0)->name),
                   count - HAND / sizeof(uint64_t));
}

void place_title(const struct place *place, struct registry_record *record)
{
    uint32_t now = atomic_load_explicit(&place->titled, memory_order_relaxed);

    load_title(place->title[now & 1], record, WORDS(*record));
}

bool place_load(const struct place *place, void *to, size_t count)
{
    for (int tries = 0; tries < 1000; tries++) {
        uint32_t before = atomic_load_explicit(&place->sequence, memory_order_acquire);
        uint32_t titled = atomic_load_explicit(&place->titled, memory_order_acquire);

        words_load(to, place->copy[before & 1], count);
        load_title(place->title[titled & 1], to, count);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&place->sequence, memory_order_relaxed) == before &&
            atomic_load_explicit(&place->titled, memory_order_relaxed) == titled)
            return true;
    }
    return false;
}
