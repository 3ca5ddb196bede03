/* Lines over a descriptor: the one bounded reader and the one full writer, of both ends. */
#ifndef SERVER_WIRE_LINE_H
#define SERVER_WIRE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/wire/protocol.h"

/* Bytes read at once: the longest line with CR LF, and several short ones (a pipelined batch). */
#define LINE_BUFFER (2 * (PROTOCOL_REPLY_MAX + 2))

/* Reads lines of up to `max` bytes from a descriptor, blocking or not. Set up by line_reader_init;
 * owns nothing (the caller closes the descriptor). */
struct line_reader {
    int fd;
    size_t max;
    size_t start, end; /* the unread bytes of the buffer */
    size_t scanned;    /* of these, how many are known to hold no LF */
    bool skipping;     /* inside a line that was too long */
    char buffer[LINE_BUFFER];
};

enum line_status {
    LINE_READY,    /* a line */
    LINE_NONE,     /* no whole line in the buffer: line_fill, then ask again */
    LINE_TOO_LONG, /* said once for each line longer than max; the rest of it is being skipped */
};

/* max: bytes in a line without its end, at most PROTOCOL_REPLY_MAX. */
void line_reader_init(struct line_reader *reader, int fd, size_t max);

/* Takes the next line out of the buffer; reads nothing. *line is NUL-terminated in place of its LF
 * or CR LF and valid until the next call; it may hold NULs of its own, so *length counts. */
enum line_status line_next(struct line_reader *reader, char **line, size_t *length);

/* Whether line_next would find something without line_fill. */
bool line_pending(struct line_reader *reader);

/* Whether a line has begun and not ended. */
bool line_begun(const struct line_reader *reader);

/* One read(2) into the buffer, restarted after a signal. Returns the bytes read, 0 at the end of
 * the input, -1 with errno (EAGAIN where the descriptor does not block). */
ssize_t line_fill(struct line_reader *reader);

/* At the end of the input: what stands after the last LF, as line_next gives a line. */
enum line_status line_rest(struct line_reader *reader, char **line, size_t *length);

/* Takes up to `size` raw bytes out of the buffer (those that follow a 150 line); reads nothing. */
size_t line_take(struct line_reader *reader, void *to, size_t size);

/* Called when a descriptor that does not block has to be waited for, with poll(2)'s events, and how
 * many bytes are left. Returns 0 to try again, -1 with errno to give up. */
typedef int line_wait(void *context, short events, size_t left);

/* Writes all of it. wait may be NULL where the descriptor blocks. Returns 0, or -1 with errno. The
 * caller ignores SIGPIPE. */
int line_write(int fd, const void *data, size_t size, line_wait *wait, void *context);

#endif
