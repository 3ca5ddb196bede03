/* The client's connection: every byte from and to the client passes here. */
#ifndef SERVER_HANDLER_CONN_H
#define SERVER_HANDLER_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/handler/state.h"

void conn_open(struct session *session, int fd);

/* Whether the client has sent unread bytes, or has closed. */
bool conn_has_input(const struct session *session);

/* Whether the client has sent this line, perhaps behind others that are not answered yet: for long
 * work that it ends. Nothing is taken. */
bool conn_has_line(const struct session *session, const char *line);

/* Whether the connection takes a few more bytes without a wait. */
bool conn_has_room(const struct session *session);

/* Reads available bytes into the buffer of lines. EAGAIN changes nothing; the end of the input or
 * an error makes the session PARTING; if a file is being sent or work is under way, the end does so
 * after that. Returns the bytes read. */
size_t conn_fill(struct session *session);

/* Reads at most `size` bytes that follow a request (a hand-in's), at the client's pace. Returns how
 * many; 0: none yet; -1: no more will come, and the session is PARTING. */
ssize_t conn_read(struct session *session, void *to, size_t size);

/* Write all bytes, at the client's pace, or make the session MUTE: bytes of a file; and so many
 * bytes of the replies, which are whole lines. */
void conn_write(struct session *session, const void *data, size_t size);
void conn_write_replies(struct session *session, size_t size);

/* So many bytes of a file follow. */
void conn_begin_bytes(struct session *session, uint64_t size);

/* Sends bytes of a file from *offset on, at most `size`, and moves *offset on. Returns how many
 * were sent; 0: the client had to be waited for; -1: the file has no such bytes any more, or cannot
 * be read. */
ssize_t conn_send_file(struct session *session, int file, off_t *offset, size_t size);

/* Shuts down our side, and reads what the client still sends, for at most LIMIT_GOODBYE_MS: closing
 * a socket with unread bytes resets the connection, and the client can lose the last line. */
void conn_end(struct session *session);

#endif
