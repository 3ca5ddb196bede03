/* The bytes of a file that is handed in, after the server's REPLY_GO_ON. */
#ifndef CLIENT_FILES_UPLOAD_H
#define CLIENT_FILES_UPLOAD_H

#include <stdbool.h>

#include "client/files/local.h"

/* How sending the bytes ended. */
enum given {
    GIVEN_ALL,
    GIVEN_UNTIL_ANSWER, /* the server has answered before it had all of them */
    GIVEN_CUT,          /* in pieces: the server has ended the transfer, and the session goes on */
    GIVEN_LOST,         /* *state */
};

/* Sends the bytes from `from` to the file's length, and shows the progress. *shorter is set if the
 * file has fewer bytes than it had. */
enum given upload(struct remote *remote, const struct voice *voice, const struct local *file,
                  uint64_t from, enum remote_state *state, bool *shorter);

#endif
