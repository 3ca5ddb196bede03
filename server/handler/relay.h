/* What others say, on its way from the table to this client, if the client has joined. */
#ifndef SERVER_HANDLER_RELAY_H
#define SERVER_HANDLER_RELAY_H

#include "server/handler/state.h"

/* The client hears what is said from now on, and before it up to `earlier` lines that were said.
 * Joining twice does nothing, nor does leaving twice. Returns 0, or -1 with errno. */
int relay_join(struct session *session, size_t earlier);
void relay_leave(struct session *session);

/* Whether there are lines to deliver. */
bool relay_is_due(const struct session *session);

/* Sends what was said, as far as it was there at the call, until the client asks for something.
 * Call it when all replies have been sent and no request is waiting. */
void relay_deliver(struct session *session);

/* The handler was woken: takes the wake-up, and delivers. */
void relay_wake(struct session *session);

#endif
