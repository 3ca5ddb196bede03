/* The queue of a full room: who joins it, who leaves it, and what those in it are told. */
#ifndef SERVER_PARENT_QUEUE_H
#define SERVER_PARENT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/parent/parent.h"

/* A client that was admitted but found no slot waits for one, behind all others, or is refused. The
 * connection is the queue's. via: enum via. */
void queue_join(struct parent *parent, int fd, const struct peer *peer, uint32_t via);

/* For the parent's loop: looks at those who wait, and tells them their places. */
void queue_run(struct parent *parent, int64_t now);

/* Lowers *until (monotonic, ns) to the time of the next look. */
void queue_prepare(const struct parent *parent, int64_t *until);

/* Takes out the first who is still there, for a slot that is free; its descriptor is as those of
 * platform_accept, and the caller's. False: nobody waits any more. */
bool queue_next(struct parent *parent, struct waiting_entry *entry);

/* Refuses all who wait, because nobody will be admitted. */
void queue_refuse(struct parent *parent, enum refused_why why);

#endif
