/* The connection of a visit: reads a head and no byte behind it, and writes at the pace of whoever
 * reads. All waits end when the daemon stops. */
#ifndef SERVER_WEB_STREAM_H
#define SERVER_WEB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/admitted.h"
#include "server/limits.h"

struct stream {
    int fd, lifeline;
    const struct session_limits *limits;
    int64_t pace_since;           /* since when the pace is measured (clock_now); 0: not yet, */
    uint64_t pace_bytes, written; /* bytes that were taken then, and that are written */
    bool broken;                  /* nothing can be written any more */
};

enum stream_end {
    STREAM_HEAD, /* a whole head */
    STREAM_FULL, /* it has more bytes than it may */
    STREAM_LATE, /* it did not come in time */
    STREAM_CUT,  /* the peer sends no more */
    STREAM_GONE, /* nobody waits for an answer: nothing came, or the connection or daemon ends */
};

/* Reads a head into `head`, which has room for LIMIT_WEB_HEAD bytes; *length counts them. until: of
 * clock_now. */
enum stream_end stream_read_head(struct stream *stream, char *head, size_t *length, int64_t until);

/* Write all bytes; stream_send_file those of a file from *offset to `end`, and moves *offset.
 * False: broken, or (not for stream_write) the file has become shorter. */
bool stream_write(struct stream *stream, const void *data, size_t size);
bool stream_send_file(struct stream *stream, int file, off_t *offset, off_t end);

/* Says that no more is written, and waits a moment until the peer has read all: closing a socket
 * with unread bytes resets the connection, and the peer can lose the end of the answer. */
void stream_end(struct stream *stream);

#endif
