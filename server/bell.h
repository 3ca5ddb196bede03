/* Wake-ups. What is said lies in the table (shm/table/talk.h); whoever adds a line wakes those who
 * joined with one byte to each one's Unix datagram socket. The sockets lie in the working directory
 * under the parent's process ID and the slot, PID.SLOT, because the handlers of a killed parent
 * live on for a moment beside those of the next parent. Nobody waits for a reader: if its queue is
 * full, a wake-up is already pending. A wake-up that could not be sent is due, and sent again. */
#ifndef SERVER_BELL_H
#define SERVER_BELL_H

#include "shm/table/types.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

struct bell {
    struct table *table;
    int own;  /* the socket that wakes this process; -1: it has not joined */
    int send; /* another one to send from, where `own` will not do; -1: none */
};

void bell_init(struct bell *bell, struct table *table);

/* Where the handler of a slot is woken. */
struct sockaddr_un bell_address(const struct bell *bell, uint32_t slot);

/* Wakes all who joined (every: also those who were woken just now), or one. False: a wake-up could
 * not be sent, and is due again within LIMIT_RING_MS. */
bool bell_ring(struct bell *bell, bool every);
bool bell_ring_one(struct bell *bell, uint32_t slot);

/* Removes the socket of a slot. */
void bell_remove(const struct bell *bell, uint32_t slot);

#endif
