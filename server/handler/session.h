/* One client's session, in a process of its own: greets, reads lines, has the verbs answer them,
 * and leaves. */
#ifndef SERVER_HANDLER_SESSION_H
#define SERVER_HANDLER_SESSION_H

#include "server/handler/state.h"
#include "shm/table/types.h"

/* The parent, once, before it forks: the session of its handlers, zeroed. */
void session_prepare(struct session *session);

/* Serves the client until it leaves or is lost; the end of the process closes the connection. */
void session_run(struct session *session, struct table *table, const struct admitted *admitted,
                 const struct service *service);

#endif
