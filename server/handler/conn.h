/* The client's connection: every byte from and to the client passes here. */
#ifndef SERVER_HANDLER_CONN_H
#define SERVER_HANDLER_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/handler/state.h"

void conn_open(struct session *session, int fd);

/* Whether the client has sent something that was not read, or has closed. */
bool conn_has_input(const struct session *session);

/* Reads what is there into the buffer of lines. Nothing, or EAGAIN, leaves the session as it is;
 * the end of the input or an error makes it PARTING. Returns the bytes read. */
size_t conn_fill(struct session *session);

/* Bytes that follow a request (those of a hand-in), at most `size`, at the client's pace. Returns
 * how many; 0: none yet; -1: no more will come, and the session is PARTING. */
ssize_t conn_read(struct session *session, void *to, size_t size);

/* Writes all of it, at the client's pace, or the session is MUTE. */
void conn_write(struct session *session, const void *data, size_t size);

/* Sends bytes of a file from *offset on, at most `size`, and moves *offset on. Returns how many
 * were sent; 0: the client had to be waited for; -1: the file has no such bytes any more, or cannot
 * be read. */
ssize_t conn_send_file(struct session *session, int file, off_t *offset, size_t size);

/* Closing over unread bytes would reset the connection, and the client might lose the last line:
 * ends our side, and reads what the client still sends, for at most LIMIT_GOODBYE_MS. */
void conn_end(struct session *session);

#endif
