/* The table as it lies in shared memory; shm/'s own. */
#ifndef SHM_TABLE_H
#define SHM_TABLE_H

#include "shm/digests.h"
#include "shm/lock.h"
#include "shm/registry.h"
#include "shm/ring.h"

#define TABLE_MAGIC  0x726f6c6c63616c6cULL /* "rollcall" */
#define TABLE_LAYOUT 4

_Static_assert(sizeof(struct registry_record) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct registry_ended) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct registry_transfer) % sizeof(uint64_t) == 0, "copied word by word");

struct place {
    _Alignas(64) lock_at at;
    _Atomic uint32_t sequence; /* copy[sequence & 1] holds */
    word copy[2][WORDS(struct registry_record)];
};

struct registry_table {
    _Atomic uint64_t magic; /* last to be set */
    uint32_t layout, place_size, rings_size, places;
    int32_t pid;
    int64_t started;
    word accepted, reaped, recovered; /* written by the parent alone */
    word slowed, refused[REFUSED_REASONS], left[LEFT_REASONS];
    _Atomic uint32_t top;
    struct lock lock;
    struct digests digests;
    struct rings {
        RING(struct registry_ended, REGISTRY_ENDED) ended;
        RING(struct registry_transfer, REGISTRY_TRANSFERS) transfers;
    } rings;
    struct place place[];
};

/* The record becomes the one that holds. */
void place_publish(struct place *place, const struct registry_record *record);

/* The first `count` words of the record that holds. False: it never stood still. */
bool place_load(const struct place *place, void *to, size_t count);

/* registry->path, for a room. */
void registry_name_object(struct registry *registry, const char *room);

#endif
