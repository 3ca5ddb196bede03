/* Which child has which slot: the parent's private book. Taking, finding and freeing a slot cost
 * the same for 10 slots as for 10,000. */
#ifndef SERVER_PARENT_SLOTS_H
#define SERVER_PARENT_SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/parcel.h"
#include "shm/table/types.h"

#define SLOTS_NONE UINT32_MAX

struct slot_entry {
    pid_t pid;        /* 0: free */
    uint32_t next;    /* in its hash chain */
    uint32_t entered; /* what admission_leave wants */
    bool present;     /* the session's record was seen in the table */
    uint8_t via;      /* enum via */
    int64_t gone;     /* monotonic ns: when the record went missing; 0: it is not missing */
    int64_t end_by;   /* monotonic ns: kicked, and killed at this time; 0: not kicked */
    uint64_t serial;
    struct peer peer;
    int64_t connected; /* seconds since the Epoch */
};

struct slots {
    uint32_t size, used, top; /* top: one more than the highest slot in use */
    uint32_t limit; /* how many may be used; the caller may lower and raise it up to size */
    uint32_t mask;  /* of the hash by pid */
    uint32_t *chain;
    uint64_t
        *level[3]; /* a bit is set where all below it is taken; level 0 has one for each slot */
    struct slot_entry *entry;
};

/* Makes `size` free slots. Returns 0, or -1 with errno. */
int slots_init(struct slots *slots, uint32_t size);

/* The lowest free slot, or SLOTS_NONE where `limit` are used. */
uint32_t slots_lowest(const struct slots *slots);

/* Gives a free slot to a child: copies the entry except `next`. */
void slots_take(struct slots *slots, uint32_t slot, const struct slot_entry *entry);

/* The slot of a child, or SLOTS_NONE for another process. */
uint32_t slots_find(const struct slots *slots, pid_t pid);

void slots_free(struct slots *slots, uint32_t slot);

/* Packs or unpacks all but the structure itself. False with errno. */
bool slots_carry(struct slots *slots, struct parcel *parcel);

#endif
