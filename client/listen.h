/* The room for scripts: "rollcall listen" and "rollcall wait NAME". */
#ifndef CLIENT_LISTEN_H
#define CLIENT_LISTEN_H

#include <stdbool.h>

#include "client/link/answer.h"

/* Joins the room and prints each line of it, in JSON or as text, until the session ends or stdout
 * is closed. The connection has been greeted. Returns the exit status, never EXIT_SUCCESS. */
int listen_run(struct remote *remote, const struct voice *voice, bool json);

/* Joins the room and waits until another client has that name. The connection has been greeted.
 * Returns the exit status: EXIT_FAILURE if the session ended first. */
int listen_wait(struct remote *remote, const struct voice *voice, const char *name);

#endif
