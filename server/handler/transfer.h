/* Files between the connection and a descriptor, and what the table shows of that meanwhile.
 *
 * Without pieces (pieces:) a transfer is one run of bytes, and the session does nothing else until
 * its end. With pieces a transfer is something that the session has: between two pieces the
 * session's loop answers requests, delivers what others say, and parts if it is told to. */
#ifndef SERVER_HANDLER_TRANSFER_H
#define SERVER_HANDLER_TRANSFER_H

#include "server/handler/state.h"
#include "shm/table/types.h"

/* Whether a file may begin, in either direction. False: a reply says that another one must end
 * first. */
bool transfer_may_begin(struct session *session);

/* What the table shows as the client's activity. transfer_task begins one ("WORD NAME", of `total`
 * bytes), transfer_advance adds `more` bytes done, transfer_finish ends it: then the table shows
 * the file again that is being sent or received, if there is one, or the work that is under way. */
void transfer_task(struct session *session, const char *word, const char *name, uint64_t total);
void transfer_advance(struct session *session, uint64_t more);
void transfer_finish(struct session *session);

/* Sends the bytes of a file from `offset` to `size` as one run, after the replies so far, and
 * closes the file. If the session becomes PARTING and the client does not take the rest in time,
 * the connection is cut. */
void transfer_send(struct session *session, int file, const char *name, uint64_t offset,
                   uint64_t size);

/* Begins to send these bytes in pieces. Takes ownership of `file`. */
void transfer_begin(struct session *session, int file, const char *name, uint64_t offset,
                    uint64_t size);

/* Sends one piece; after the last one the transfer has ended. */
void transfer_send_piece(struct session *session);

/* Ends a running download after the pieces so far. why: the reason, sent to the client as a line;
 * NULL: not sent, because the session ends. */
void transfer_cut(struct session *session, const char *why);

/* Begins and ends the receiving of a file of `size` bytes, of which `done` are here. The name stays
 * the caller's until the end. */
void transfer_expect(struct session *session, const char *name, uint64_t done, uint64_t size);
void transfer_expect_end(struct session *session);

/* Sends the replies so far, then receives `length` bytes (with pieces: of one piece) and passes
 * them to `take`. They are bytes of the file that is being received, unless `take` is NULL: then
 * nobody wants them. False: some did not come, and the session is PARTING. */
typedef void transfer_take(void *context, const void *data, size_t size);
bool transfer_receive(struct session *session, uint64_t length, transfer_take *take, void *context);

/* Records a transfer of the file `name` in the table; sets client and time. False: the table cannot
 * be written now, and a reply says so. */
bool transfer_note(struct session *session, struct transfer *transfer, const char *name);

#endif
