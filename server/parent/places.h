/* What has a path and may change under a running room: the shared directory, the inbox, the
 * table, and the socket in the runtime directory. The parent compares each path with what is open;
 * it opens or makes again what it can, and says once what it cannot. */
#ifndef SERVER_PARENT_PLACES_H
#define SERVER_PARENT_PLACES_H

#include "server/parent/parent.h"

/* At the start, when the control socket is made. */
void places_begin(struct parent *parent);

/* Looks, if LIMIT_PLACES_MS have passed since the last time. now: clock_now. */
void places_look(struct parent *parent, int64_t now);

/* What does not work now, in words for the service manager; NULL: all works. */
const char *places_lost(const struct parent *parent);

#endif
