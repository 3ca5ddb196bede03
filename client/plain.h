/* A session in which each line of stdin is a request: with a prompt on a terminal (--plain), as a
 * filter elsewhere. What others say is not shown. */
#ifndef CLIENT_PLAIN_H
#define CLIENT_PLAIN_H

#include "client/files/download.h"
#include "client/link/answer.h"

/* Sends each line of stdin and prints the answer, until the input ends, the user leaves, or the
 * server goes away, which is noticed also while waiting for input. messages: each line is sent as a
 * message, even if it looks like a request. The connection has been greeted. In a conversation
 * without options->overwrite the user is asked before a file is overwritten. Returns the exit
 * status. */
int plain_run(struct remote *remote, const struct voice *voice,
              const struct download_options *options, bool messages);

#endif
