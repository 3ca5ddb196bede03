/* Lines over a descriptor: a reader whose memory is bounded, and a writer that writes all. Daemon
 * and client use both. */
#ifndef SERVER_WIRE_LINE_H
#define SERVER_WIRE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/wire/protocol.h"

/* Bytes of a reader's buffer: two of the longest lines with their CR LF. */
#define LINE_BUFFER (2 * (PROTOCOL_REPLY_MAX + 2))

/* Set up by line_reader_init. Owns nothing: the descriptor stays the caller's. */
struct line_reader {
    int fd;
    size_t max;
    size_t start, end; /* the unread bytes of the buffer */
    size_t scanned;    /* of these, how many from `start` on are known to hold no LF */
    bool skipping;     /* the buffer starts inside a line that was too long */
    char buffer[LINE_BUFFER];
};

enum line_status {
    LINE_READY,    /* a line */
    LINE_NONE,     /* no whole line is in the buffer: call line_fill, then ask again */
    LINE_TOO_LONG, /* a line longer than max, reported once; the rest of that line is skipped */
};

/* Prepares to read from fd, blocking or non-blocking. max: bytes of a line without its CR LF, at
 * most PROTOCOL_REPLY_MAX. */
void line_reader_init(struct line_reader *reader, int fd, size_t max);

/* Takes the next line out of the buffer; reads nothing. *line lies in the buffer until the next
 * call, with a NUL in place of its LF or CR LF. It may hold other NULs: *length is its length.
 * Of a line that is too long, *line and *length are what is here of it, without a NUL. */
enum line_status line_next(struct line_reader *reader, char **line, size_t *length);

/* Whether the buffer holds the end of a line, so that line_next finds something without line_fill.
 */
bool line_pending(struct line_reader *reader);

/* Whether the buffer holds anything, or a line that was too long has not ended yet. */
bool line_begun(const struct line_reader *reader);

/* What the buffer holds; nothing is taken out. Returns how many bytes; not while a line that was
 * too long is skipped. */
size_t line_peek(const struct line_reader *reader, const char **bytes);

/* One read(2) into the buffer, repeated after a signal. Returns the bytes read, 0 at the end of the
 * input, -1 with errno: EAGAIN where a read would block, ENOBUFS where line_next was not called. */
ssize_t line_fill(struct line_reader *reader);

/* For bytes that were read in another way than by line_fill: how many fit; and adds so many. */
size_t line_room(const struct line_reader *reader);
void line_add(struct line_reader *reader, const void *bytes, size_t size);

/* At the end of the input: takes the bytes after the last LF, like line_next. */
enum line_status line_rest(struct line_reader *reader, char **line, size_t *length);

/* Takes up to `size` raw bytes out of the buffer, for the bytes of a file; reads nothing. Returns
 * how many it took. */
size_t line_take(struct line_reader *reader, void *to, size_t size);

/* Waits until a descriptor is ready for these events of poll(2); `left` is how many bytes are still
 * to be written. Returns 0 to try again, -1 with errno to give up. */
typedef int line_wait(void *context, short events, size_t left);

/* Writes all `size` bytes; calls `wait` where a write would block (EAGAIN). NULL for `wait`: EAGAIN
 * is an error. SIGPIPE must be ignored. Returns 0, or -1 with errno. */
int line_write(int fd, const void *data, size_t size, line_wait *wait, void *context);

#endif
