/* Files between the connection and a descriptor, and what the table shows of that meanwhile. */
#ifndef SERVER_HANDLER_TRANSFER_H
#define SERVER_HANDLER_TRANSFER_H

#include "server/handler/state.h"
#include "shm/table/types.h"

/* What is done for the client now, for the table: "WORD NAME", and of how many bytes; so many more
 * of them are done; nothing is done any more. */
void transfer_task(struct session *session, const char *word, const char *name, uint64_t total);
void transfer_advance(struct session *session, uint64_t more);
void transfer_finish(struct session *session);

/* Sends the bytes of a file from `offset` to `size` after the replies so far, in pieces if the
 * client asked for pieces. Returns the offset that was reached. A session that becomes PARTING ends
 * between two pieces, and the client is told why; without pieces, or if the client does not take
 * the rest of a piece in time, the connection is cut. */
uint64_t transfer_send(struct session *session, int file, uint64_t offset, uint64_t size);

/* Receives `length` bytes, after the replies so far, and gives them to `take` as they come. Returns
 * whether all of them came; else the session is PARTING. */
typedef void transfer_take(void *context, const void *data, size_t size);
bool transfer_receive(struct session *session, uint64_t length, transfer_take *take, void *context);

/* Records a transfer of the file `name` in the table; client and time are filled in. False: the
 * table cannot be written now, and the reply says so. */
bool transfer_note(struct session *session, struct transfer *transfer, const char *name);

#endif
