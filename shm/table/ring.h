/* Shared memory as words, so that no access is a data race, and rings of records made of them: the
 * oldest one gives way. Whoever adds holds the table's lock; a reader needs none. */
#ifndef SHM_TABLE_RING_H
#define SHM_TABLE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint64_t word;

/* The size of a record in words; it must be a whole number of them. */
#define WORDS(type) (sizeof(type) / sizeof(uint64_t))

/* Copy `count` words, each whole. */
void words_store(word *to, const void *from, size_t count);
void words_load(void *to, const word *from, size_t count);

/* A ring: how many records were ever added, and the slots of those that are kept (word
 * slots[RECORDS][WORDS(type)]). */
struct ring {
    word *added, *slot;
    size_t records, words; /* of these, so many are kept, each of that size */
};
#define RING_OF(count, slots)                                                                      \
    ((struct ring){(word *)&(count), (word *)(slots), sizeof(slots) / sizeof(slots)[0],            \
                   sizeof(slots)[0] / sizeof(word)})

/* The next record: its bytes, which nobody sees before the ring is advanced. (A page that is first
 * written is mapped alone; one that is first read, with fifteen neighbours.) */
void ring_write(struct ring ring, const void *record);
void ring_advance(struct ring ring);

/* The first word of the newest record, or 0 where there is none. */
uint64_t ring_newest(struct ring ring);

/* The records that it keeps, oldest first, but one: that one may be in the making. *list is the
 * caller's to free. Returns 0, or -1 with errno. */
int ring_copy(struct ring ring, void **list, size_t *count);

#endif
