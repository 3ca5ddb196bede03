/* The shared directory, and what a client is told where it cannot have something of it. */
#ifndef SERVER_HANDLER_SHARED_H
#define SERVER_HANDLER_SHARED_H

#include <stdbool.h>
#include <sys/stat.h>

#include "server/handler/state.h"

/* Another directory at the share's path is the share from now on, where a handler may open it.
 * False: the reply says why nothing can be had. */
bool shared_is_there(struct session *session);

/* What the server's user may not read is there all the same. The log says it once. */
void shared_refuse_unreadable(struct session *session, const char *what, const char *name);

/* Opens a file, and fills *st (fstat(2)). Returns a descriptor, the caller's; -1: the reply says
 * why not. */
int shared_open(struct session *session, const char *name, struct stat *st);

#endif
