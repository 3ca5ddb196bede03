/* The parent's socket in the runtime directory: requests of rollcallctl, and of a handler whose
 * client takes its name back. One datagram asks, one answers. */
#ifndef SERVER_PARENT_CONTROL_H
#define SERVER_PARENT_CONTROL_H

#include "server/parent/parent.h"

/* Makes the socket in the working directory. Returns a descriptor, or -1 with errno. */
int control_open(void);

/* Obeys the requests of handlers, which come through a pipe: to end the earlier session of a client
 * that has come back. */
void control_hear_handlers(struct parent *parent);

/* Obeys the requests that wait at the socket, and answers them. */
void control_hear(struct parent *parent);

/* Kills the handlers that were told to end and did not, within LIMIT_SEND_AWAY_MS. now: clock_now.
 */
void control_kill_kicked(struct parent *parent, int64_t now);

#endif
