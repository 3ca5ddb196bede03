/* The bytes of files over the connection, in one run or in pieces (remote->in_pieces). */
#ifndef CLIENT_LINK_BYTES_H
#define CLIENT_LINK_BYTES_H

#include "client/link/remote.h"

/* Sends the bytes that follow REPLY_GO_ON in one run, and stops early if the server says something,
 * which is then to be read. *given is how many were sent. A stop by the user breaks the connection,
 * because the server takes whatever comes for the file's bytes. */
enum remote_state bytes_give(struct remote *remote, const void *from, size_t size, size_t *given);

/* To be called during long local work, while no request is unanswered: pings, takes lines from the
 * server, and calls remote->wait and remote->between. Any other state than REMOTE_READY: the work
 * must end, because the user stopped it (REMOTE_STOPPED) or the session has ended. */
enum remote_state bytes_breathe(struct remote *remote);

/* ---- in pieces */

/* Asks the server to send files in pieces: between two pieces it can end the session with a reply.
 * Names the earlier session, if there was one: if the server had ended that session, it ends this
 * one too, and says why. A server without pieces takes the request for a message. Returns
 * REMOTE_READY, REMOTE_ENDED, or an error state. */
enum remote_state bytes_ask_pieces(struct remote *remote);

/* Begins a download, of which all pieces go to the sink, whichever answer is being read; begins an
 * upload of that many bytes; and ends either. */
void bytes_begin(struct remote *remote, remote_sink *sink, void *context);
void bytes_begin_upload(struct remote *remote, uint64_t length);
void bytes_end(struct remote *remote);

/* To be applied to the state of a request that begins a transfer, in pieces or in one run: where
 * the user stopped it, the transfer is called off, so that it does not begin behind the client's
 * back. bytes_call_off_work: of one that the server may work on for long; without pieces it goes
 * on.
 */
enum remote_state bytes_call_off(struct remote *remote, enum remote_state state);
enum remote_state bytes_call_off_work(struct remote *remote, enum remote_state state);

/* Calls remote->between, then reads the next piece into the sink. REMOTE_CUT: no more pieces will
 * come. */
enum remote_state bytes_get_piece(struct remote *remote);

/* Calls remote->between, then sends a piece of 1 to FILE_CHUNK bytes. REMOTE_CUT: the server
 * refuses more pieces. The last piece cannot be stopped: the server has all bytes then, and its
 * answer is the next. */
enum remote_state bytes_put_piece(struct remote *remote, const void *from, size_t size);

/* After a stop by the user: asks the server to end the transfer, and reads the bytes already sent,
 * unless the user stops that, too (REMOTE_STOPPED). With REMOTE_READY and REMOTE_STOPPED the
 * session goes on. */
enum remote_state bytes_stop(struct remote *remote);

#endif
