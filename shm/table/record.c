#define _POSIX_C_SOURCE 200809L

#include "shm/table/record.h"

#include <string.h>

#define HAND offsetof(struct record, hand)

_Static_assert(offsetof(struct record, name) == sizeof(uint64_t), "follows the serial");
_Static_assert(sizeof(struct record) - HAND == sizeof(struct title) - offsetof(struct title, hand),
               "the hand ends both");

/* A reader that sees the other copy change has seen the number's last move, too. */
static uint32_t next_copy(const _Atomic uint32_t *number)
{
    uint32_t next = atomic_load_explicit(number, memory_order_relaxed) + 1;

    atomic_thread_fence(memory_order_seq_cst);
    return next;
}

void record_publish(struct slot_memory *slot, const struct record *record)
{
    uint32_t next = next_copy(&slot->sequence);

    words_store(slot->copy[next & 1], record, WORDS(*record));
    atomic_store_explicit(&slot->sequence, next, memory_order_release);
}

void record_clear(struct slot_memory *slot)
{
    static const struct record nobody;
    static const unsigned char none[TABLE_SECRET];

    record_publish(slot, &nobody);
    if (atomic_load(&slot->secret[0]) != 0) /* else that memory need not be touched */
        words_store(slot->secret, none, WORDS(none));
}

void record_set_title(struct slot_memory *slot, const struct record *record)
{
    uint32_t next = next_copy(&slot->title_sequence);
    struct title title;

    memcpy(title.name, record->name, sizeof title.name);
    memcpy(&title.hand, &record->hand, sizeof title - offsetof(struct title, hand));
    words_store(slot->title[next & 1], &title, WORDS(title));
    atomic_store_explicit(&slot->title_sequence, next, memory_order_release);
}

static void load_title(const word *title, void *to, size_t count)
{
    if (count >= 1 + WORDS(((struct title *)0)->name))
        words_load((char *)to + sizeof(uint64_t), title, WORDS(((struct title *)0)->name));
    if (count == WORDS(struct record))
        words_load((char *)to + HAND, title + WORDS(((struct title *)0)->name),
                   count - HAND / sizeof(uint64_t));
}

void record_get_title(const struct slot_memory *slot, struct record *record)
{
    uint32_t now = atomic_load_explicit(&slot->title_sequence, memory_order_relaxed);

    load_title(slot->title[now & 1], record, WORDS(*record));
}

bool record_load(const struct slot_memory *slot, void *to, size_t count)
{
    for (int tries = 0; tries < 1000; tries++) {
        uint32_t before = atomic_load_explicit(&slot->sequence, memory_order_acquire);
        uint32_t title_sequence = atomic_load_explicit(&slot->title_sequence, memory_order_acquire);

        words_load(to, slot->copy[before & 1], count);
        load_title(slot->title[title_sequence & 1], to, count);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&slot->sequence, memory_order_relaxed) == before &&
            atomic_load_explicit(&slot->title_sequence, memory_order_relaxed) == title_sequence)
            return true;
    }
    return false;
}
