/* Lines between handlers. They lie in the table (shm/table/talk.h); what goes through a socket is
 * the bell alone: a byte to the Unix datagram socket of each who joined, in the working directory,
 * named by the parent and its slot, PID.PLACE: the handlers of a parent that was killed live on
 * for a moment beside those of the next one. A reader whose queue is full has a bell pending:
 * nobody waits for it, and nothing is lost. A bell that cannot be rung for another reason is rung
 * again. */
#ifndef SERVER_COURIER_H
#define SERVER_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/table/registry.h"
#include "shm/table/talk.h"

struct courier {
    struct slot mine;
    int bell; /* our own, when we joined; else -1 */
    int hand; /* what others' are rung with, where our own bell will not do; else -1 */
};

void courier_init(struct courier *courier, struct table *table, uint32_t slot, uint64_t serial);

/* Hears what comes from now on, and before it up to `earlier` lines that were said. Returns 0, or
 * -1 with errno. Joining twice does nothing, nor does leaving twice. */
int courier_join(struct courier *courier, size_t earlier);
void courier_leave(struct courier *courier);

/* The parent: a handler was killed; its bell is nobody's. */
void courier_forget(const struct courier *courier, uint32_t slot);

/* The bell was heard: takes what rang. */
void courier_hush(struct courier *courier);

/* Looks for what there is to take; what comes later is rung for again, and taken after the next
 * look: so that taking ends. */
void courier_listen(struct courier *courier);

/* Whether there is a line to take. */
bool courier_pending(const struct courier *courier);

/* Takes the next line that is for this session. False: there is none now. *lost, in both cases: so
 * many more came and went unheard. *earlier: it was said before we joined. */
bool courier_take(struct courier *courier, struct message *line, uint64_t *lost, bool *earlier);

/* What was taken has been sent: nobody need think that we are slow. */
void courier_taken(struct courier *courier);

/* Rings for all who joined (every: also for those rung for just now), or for one. False: somebody
 * could not be rung for now, and is to be rung for again, with courier_ring, in LIMIT_RING_MS. */
bool courier_ring(struct courier *courier, bool every);
bool courier_ring_one(struct courier *courier, uint32_t slot);

#endif
