/* The bytes of files over the connection, in one run or in pieces (remote->in_pieces). */
#ifndef CLIENT_LINK_BYTES_H
#define CLIENT_LINK_BYTES_H

#include "client/link/remote.h"

/* Sends the bytes that follow REPLY_GO_ON in one run, and stops early if the server says something,
 * which is then to be read. *given is how many were sent. */
enum remote_state bytes_give(struct remote *remote, const void *from, size_t size, size_t *given);

/* To be called during long local work: takes lines from the server, and calls remote->wait and
 * remote->between. False, with errno ECANCELED: the work must end. */
bool bytes_breathe(struct remote *remote);

/* ---- in pieces */

/* Asks the server to send files in pieces: between two pieces it can end the session with a reply.
 * Names the earlier session, if there was one: if the server had ended that session, it ends this
 * one too, and says why. A server without pieces takes the request for a message. Returns
 * REMOTE_READY, REMOTE_ENDED, or an error state. */
enum remote_state bytes_ask_pieces(struct remote *remote);

/* Begins and ends a transfer. During a download all pieces go to the sink, whichever answer is
 * being read; sink is NULL for an upload. */
void bytes_begin(struct remote *remote, remote_sink *sink, void *context);
void bytes_end(struct remote *remote);

/* Calls remote->between, then reads the next piece into the sink. REMOTE_CUT: no more pieces will
 * come. */
enum remote_state bytes_get_piece(struct remote *remote);

/* Calls remote->between, then sends a piece of 1 to FILE_CHUNK bytes. REMOTE_CUT: the server
 * refuses more pieces. */
enum remote_state bytes_put_piece(struct remote *remote, const void *from, size_t size);

/* After a stop by the user: asks the server to end the transfer, and reads the bytes already sent.
 * With REMOTE_READY the session goes on. */
enum remote_state bytes_stop(struct remote *remote);

#endif
