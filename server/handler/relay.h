/* Delivers what others say from the table to a client that has joined. */
#ifndef SERVER_HANDLER_RELAY_H
#define SERVER_HANDLER_RELAY_H

#include "server/handler/state.h"
#include "shm/table/hear.h"

/* relay_join: the client gets up to service.earlier earlier lines, or (`from`) the lines from there
 * on that are kept, and all new lines from now on. A client that has joined gets nothing again, and
 * leaving twice does nothing. Returns 0, or -1 with errno. */
int relay_join(struct session *session, const struct hear_place *from);
void relay_leave(struct session *session);

/* The number that a line of this order has for clients, who count from 1. */
static inline uint64_t relay_number(uint64_t order)
{
    return order + 1;
}

/* Whether there are lines to deliver. */
bool relay_is_due(const struct session *session);

/* Sends the lines that exist at the call, until the client sends a request. Call it when all
 * replies have been sent and no request is waiting. */
void relay_deliver(struct session *session);

/* Sends lines while a request is being answered, but none if another request is waiting, and no
 * more than the client takes at once: others may wait for what this handler is doing. */
void relay_offer(struct session *session);

#endif
