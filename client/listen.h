/* The room for scripts: "rollcall listen", "rollcall wait NAME". */
#ifndef CLIENT_LISTEN_H
#define CLIENT_LISTEN_H

#include <stdbool.h>

#include "client/link/answer.h"

/* Prints what is said, line by line, until the server ends it. Returns the exit status. */
int listen_run(struct remote *remote, const struct voice *voice, bool json);

/* Returns when somebody of that name is there. Returns the exit status. */
int listen_wait(struct remote *remote, const struct voice *voice, const char *name);

#endif
