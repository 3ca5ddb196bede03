/* The conversation on a terminal: joins the room, shows messages above the line being typed, does
 * what typed lines say, and reconnects after a loss. */
#ifndef CLIENT_CHAT_CHAT_H
#define CLIENT_CHAT_CHAT_H

#include <stdbool.h>

#include "client/files/download.h"
#include "client/link/answer.h"

struct chat_options {
    const char *nick; /* the name to ask for; "": none */
    bool timestamps, bell;
    bool color; /* where the terminal can */
};

/* Runs until the user leaves or the server ends the session for good. The connection has been
 * greeted. voice: show, bar and their context are replaced. Without download->overwrite the user is
 * asked before a file is overwritten. Returns the exit status. */
int chat_run(struct remote *remote, const struct voice *voice,
             const struct download_options *download, const struct chat_options *options);

#endif
