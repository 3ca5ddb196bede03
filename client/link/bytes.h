/* The bytes of files over the connection, in one run or in pieces (remote->in_pieces). */
#ifndef CLIENT_LINK_BYTES_H
#define CLIENT_LINK_BYTES_H

#include "client/link/remote.h"

/* Sends the bytes that follow REPLY_GO_ON in one run, and stops early if the server says something,
 * which is then to be read. *given is how many were sent. */
enum remote_state bytes_give(struct remote *remote, const void *from, size_t size, size_t *given);

/* In the middle of long work of the client's own: takes what the server says, and lets remote->wait
 * and remote->between do their things. False: the work is to end, with errno ECANCELED. */
bool bytes_breathe(struct remote *remote);

/* ---- in pieces */

/* A file is under way from now on, and no longer. Meanwhile its pieces go to the sink, whichever
 * answer is being read; sink is NULL for a file that goes to the server. */
void bytes_begin(struct remote *remote, remote_sink *sink, void *context);
void bytes_end(struct remote *remote);

/* Calls remote->between, and reads the next piece into the sink. REMOTE_CUT: no more will come. */
enum remote_state bytes_get_piece(struct remote *remote);

/* Calls remote->between, and sends a piece of 1 to FILE_CHUNK bytes. REMOTE_CUT: the server wants
 * no more. */
enum remote_state bytes_put_piece(struct remote *remote, const void *from, size_t size);

/* The user has stopped the file: asks the server to end it, and reads what is still on its way.
 * With REMOTE_READY the session goes on. */
enum remote_state bytes_stop(struct remote *remote);

#endif
