/* Shared memory as words, so that no access is a data race, and rings of entries made of words: the
 * oldest entry gives way. A writer holds the table's lock; a reader needs none. */
#ifndef SHM_TABLE_RING_H
#define SHM_TABLE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint64_t word;

/* The size of a type in words; it must be a whole number of them. */
#define WORDS(type) (sizeof(type) / sizeof(uint64_t))

/* Copy `count` words, each whole. */
void words_store(word *to, const void *from, size_t count);
void words_load(void *to, const word *from, size_t count);

/* A ring: how many entries were ever added, and the places of those that are kept, a word
 * [ENTRIES][WORDS(type)]. */
struct ring {
    word *added, *place;
    size_t entries, words; /* so many entries are kept, of so many words each */
};
#define RING_OF(count, places)                                                                     \
    ((struct ring){(word *)&(count), (word *)(places), sizeof(places) / sizeof(places)[0],         \
                   sizeof(places)[0] / sizeof(word)})

/* Writes the next entry, which nobody sees before ring_advance. */
void ring_write(struct ring ring, const void *entry);
void ring_advance(struct ring ring);

/* The first word of the newest entry, or 0 if there is none. */
uint64_t ring_newest(struct ring ring);

/* Copies the entries that are kept, oldest first; the oldest of a full ring is left out, because a
 * writer may be at it. *list is the caller's to free. Returns 0, or -1 with errno. */
int ring_copy(struct ring ring, void **list, size_t *count);

#endif
