/* The parent's socket in the runtime directory: requests from rollcallctl, and from a handler whose
 * client takes its name back. A request is one datagram, and so is its answer. */
#ifndef SERVER_PARENT_CONTROL_H
#define SERVER_PARENT_CONTROL_H

#include "server/parent/parent.h"

/* Makes the socket in the working directory. Returns a descriptor, or -1 with errno. */
int control_open(void);

/* Executes the requests of handlers, which come through a pipe: end the earlier session of a client
 * that has come back. */
void control_hear_handlers(struct parent *parent);

/* Executes and answers the requests that wait at the socket. */
void control_hear(struct parent *parent);

/* Passes on what the clerk answered to a request that waits for it (parent->pending), or says that
 * it does not answer. now: clock_now. */
void control_hear_clerk(struct parent *parent, int64_t now);

/* Kills each handler that has not ended within LIMIT_SEND_AWAY_MS after a kick. now: clock_now. */
void control_kill_kicked(struct parent *parent, int64_t now);

#endif
