/* Those who wait for a slot in a full room, in the order in which they asked for one: connections
 * without a process. What they send ahead stays in the socket, for the handler that they will have;
 * only the control frames of a WebSocket are answered. */
#ifndef SERVER_PARENT_WAITING_H
#define SERVER_PARENT_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "server/limits.h"
#include "shm/table/types.h"

struct waiting_entry {
    int fd;       /* not blocking */
    uint32_t via; /* enum via */
    struct peer peer;
    uint32_t entered; /* admission_enter's */
    uint32_t told;    /* its place, as it was told last; 0: it was not */
    int64_t since;    /* monotonic ns, */
    int64_t told_ns;  /* the same */
};

struct waiting {
    uint32_t count;
    int64_t looked; /* monotonic ns: when all were looked at */
    int64_t logged; /* the same: when the log was told that somebody waits */
    struct waiting_entry entry[LIMIT_WAITING];
};

enum waiting_state {
    WAITING_ON,
    WAITING_GONE,     /* it has closed its side, or does not read */
    WAITING_TOO_MUCH, /* it has sent more than LIMIT_WAITING_BYTES */
    WAITING_TOO_LONG,
};

/* Looks at a connection, and answers a WebSocket's frames. A client that has closed its side behind
 * what it sent ahead waits on: its handler will see both. */
enum waiting_state waiting_look(const struct waiting_entry *entry, int64_t now);

/* Tells a client its place, from 1, if it has changed or was told long ago. False: the client does
 * not read. */
bool waiting_tell(struct waiting_entry *entry, uint32_t place, int64_t now);

/* Removes an entry; its connection is the caller's. */
struct waiting_entry waiting_take(struct waiting *waiting, uint32_t which);

/* The highest descriptor held, or -1. */
int waiting_highest(const struct waiting *waiting);

#endif
