/* A session in which each line of stdin is a request: with prompts on a terminal, as a filter
 * elsewhere. */
#ifndef CLIENT_PLAIN_H
#define CLIENT_PLAIN_H

#include "client/files/download.h"
#include "client/link/answer.h"

/* Runs until the input ends, one asks to leave, or the server goes away, which is noticed also
 * while waiting for input. messages: each line is a message, whatever it says. Returns the exit
 * status. */
int conversation_run(struct remote *remote, const struct voice *voice,
                     const struct download_options *options, bool messages);

/* Asks at the terminal whether the file may be replaced (partial_overwrite; no context). */
bool conversation_overwrite(void *context, const char *path);

#endif
