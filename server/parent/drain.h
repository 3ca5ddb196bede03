/* Draining: nobody is let in any more, those inside finish, and the daemon ends with the last. */
#ifndef SERVER_PARENT_DRAIN_H
#define SERVER_PARENT_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "server/parent/parent.h"
#include "shm/table/control.h"

/* Begins to drain, for so many seconds at most (0: as long as it takes). Who waits to be let in is
 * refused, and our listening sockets are closed, so that another daemon can listen there. If the
 * daemon drains already, it ends now. Writes the answer for rollcallctl. */
void drain_begin(struct parent *parent, unsigned long seconds, char line[CONTROL_ANSWER]);

/* Whether the draining is done, and the daemon is to shut down. */
bool drain_is_done(const struct parent *parent, int64_t now);

#endif
