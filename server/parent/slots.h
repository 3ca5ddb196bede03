/* Which child has which slot: the parent's private book. Taking, finding and freeing cost the same
 * for 10 slots as for 10,000. */
#ifndef SERVER_PARENT_SLOTS_H
#define SERVER_PARENT_SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/table/registry.h"

#define SLOTS_NONE UINT32_MAX

struct slot_entry {
    pid_t pid;        /* 0: free */
    uint32_t next;    /* in its hash chain */
    uint32_t entered; /* what admission_leave wants */
    bool present;     /* was seen in the table */
    int64_t gone;     /* monotonic ns: since when it is seen there no more; 0: it is */
    int64_t end_by;   /* monotonic ns: sent away, and killed then; 0: not */
    uint64_t serial;
    struct peer peer;
    int64_t connected; /* seconds since the Epoch */
};

struct slots {
    uint32_t size, used, top; /* top: one more than the highest slot in use */
    uint32_t mask;            /* of the hash by pid */
    uint32_t *chain;
    uint64_t
        *level[3]; /* a bit is set where all below it is taken; level 0 has one for each slot */
    struct slot_entry *entry;
};

/* Returns 0, or -1 with errno. */
int slots_init(struct slots *slots, uint32_t size);

/* The lowest free slot, or SLOTS_NONE. */
uint32_t slots_lowest(const struct slots *slots);

/* The entry is copied, but for `next`. */
void slots_take(struct slots *slots, uint32_t slot, const struct slot_entry *entry);

/* The place of a child, or SLOTS_NONE: not one of ours. */
uint32_t slots_find(const struct slots *slots, pid_t pid);

void slots_free(struct slots *slots, uint32_t slot);

#endif
