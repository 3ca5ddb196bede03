/* A connection that is a WebSocket: conn calls this where the session has frames. Text holds the
 * lines of the protocol; the bytes of files are binary messages. In a session over plain TCP
 * nothing here is used. */
#ifndef SERVER_HANDLER_FRAMES_H
#define SERVER_HANDLER_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/handler/state.h"

/* The session's connection is a WebSocket, whose handshake is over. */
void frames_open(struct session *session);

/* ---- from the client */

/* Reads once, as conn_fill. */
ssize_t frames_fill(struct session *session);

/* Takes apart what has been read: text goes to the reader of lines. A binary message that nobody
 * waits for becomes the request "piece:COUNT", whose bytes it has. Returns whether there are new
 * lines, or parts of one. What is no WebSocket's makes the session PARTING. */
bool frames_decode(struct session *session);

/* Takes bytes of binary messages that have come; 0: none have. -1: text came instead, and the
 * session is PARTING. */
ssize_t frames_take(struct session *session, void *to, size_t size);

/* How many bytes may be read from the connection itself, at most `size`, because only binary bytes
 * are next; and takes them, when they were read. */
size_t frames_direct(const struct session *session, size_t size);
void frames_pass(struct session *session, void *bytes, size_t size);

/* ---- to the client */

/* Begins a binary message of `size` bytes, which follow by conn_write or conn_send_file. */
void frames_begin_bytes(struct session *session, uint64_t size);

/* Bytes of that message were sent. */
void frames_sent(struct session *session, size_t size);

/* Whether these are bytes of such a message, and so go out as they are. */
bool frames_is_in_bytes(const struct session *session);

/* Makes a message of so many bytes of replies. Returns all of it; *size becomes its size. */
const void *frames_wrap(struct session *session, size_t *size);

/* Closes with the code that tells why the session ends. */
void frames_close(struct session *session);

/* Sends a ping if nothing came for a while. Returns the ns to wait for the client, at most `until`
 * (-1: for ever), until the next one is due. */
int64_t frames_keep_alive(struct session *session, int64_t until);

/* Copies text that has come and was not decoded, a line for each message, without taking it.
 * Returns its length. Bytes of a file end it. */
size_t frames_peek(const struct session *session, char *to, size_t size);

#endif
