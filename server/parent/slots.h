/* Which child has which place: the parent's private book. Taking, finding and freeing cost the same
 * for 10 places as for 10,000. */
#ifndef SERVER_PARENT_SLOTS_H
#define SERVER_PARENT_SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/table/registry.h"

#define PLACES_NONE UINT32_MAX

struct place_entry {
    pid_t pid;        /* 0: free */
    uint32_t next;    /* in its hash chain */
    uint32_t entered; /* what admission_leave wants */
    bool present;     /* was seen in the table */
    int64_t gone;     /* monotonic ns: since when it is seen there no more; 0: it is */
    int64_t end_by;   /* monotonic ns: sent away, and killed then; 0: not */
    uint64_t serial;
    struct registry_peer peer;
    int64_t connected; /* seconds since the Epoch */
};

struct places {
    uint32_t size, used, top; /* top: one more than the highest place in use */
    uint32_t mask;            /* of the hash by pid */
    uint32_t *chain;
    uint64_t
        *level[3]; /* a bit is set where all below it is taken; level 0 has one for each place */
    struct place_entry *entry;
};

/* Returns 0, or -1 with errno. */
int places_init(struct places *places, uint32_t size);

/* The lowest free place, or PLACES_NONE. */
uint32_t places_lowest(const struct places *places);

/* The entry is copied, but for `next`. */
void places_take(struct places *places, uint32_t place, const struct place_entry *entry);

/* The place of a child, or PLACES_NONE: not one of ours. */
uint32_t places_find(const struct places *places, pid_t pid);

void places_free(struct places *places, uint32_t place);

#endif
