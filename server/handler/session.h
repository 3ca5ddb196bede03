/* One client's session, in a process of its own: greets, reads lines, has the verbs answer them,
 * and leaves. */
#ifndef SERVER_HANDLER_SESSION_H
#define SERVER_HANDLER_SESSION_H

#include "server/handler/state.h"
#include "shm/table/types.h"

/* The parent, once, before it forks: the session of its handlers, zeroed. */
void session_prepare(struct session *session);

/* Serves the client until it leaves or is lost. Returns the status to exit with, which closes the
 * connection: 0, or that the parent is to send the wake-ups that this handler could not send. */
enum { SESSION_RING_DUE = 3 };
int session_run(struct session *session, struct table *table, const struct admitted *admitted,
                const struct service *service);

#endif
