/* From the start to the serving: the parent's loop, and in each of its children a session. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/admitted.h"
#include "server/parent/parent.h"

/* Once, before the daemon says that it is ready. */
void serve_prepare(void);

/* Returns in the parent, when it has stopped; a child ends in here. */
void serve_clients(struct parent *parent, struct table *table, const struct service *service);

#endif
