#define _POSIX_C_SOURCE 200809L

#include "server/web/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/system/platform.h"
#include "server/web/http.h"
#include "server/wire/clock.h"

/* Waits for the connection until a time of clock_now. Returns 0, or -1 with errno: ETIMEDOUT,
 * ECANCELED where the daemon ends. */
static int await(const struct stream *stream, short events, int64_t until)
{
    struct pollfd fds[2] = {{.fd = stream->fd, .events = events},
                            {.fd = stream->lifeline, .events = POLLIN}};

    for (;;) {
        int64_t left = until - clock_now();
        int ready = poll(fds, 2, left > 0 ? (int)(left / CLOCK_MS) + 1 : 0);

        if (ready > 0 && fds[1].revents != 0) {
            errno = ECANCELED;
            return -1;
        }
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return -1;
        if (left <= 0) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
}

/* Reads what belongs to the head, looking first. Whoever serves the connection after the visit
 * finds the rest. */
static enum stream_end read_some(struct stream *stream, char *head, size_t *length)
{
    ssize_t got = recv(stream->fd, head + *length, LIMIT_WEB_HEAD - *length, MSG_PEEK);
    size_t whole, take;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return STREAM_LATE; /* not yet */
    if (got <= 0)
        return got == 0 && *length > 0 ? STREAM_CUT : STREAM_GONE;
    whole = http_head_length(head, *length + (size_t)got);
    take = whole > 0 ? whole - *length : (size_t)got;
    if (recv(stream->fd, head + *length, take, 0) != (ssize_t)take)
        return STREAM_GONE;
    *length += take;
    if (whole > 0)
        return STREAM_HEAD;
    return *length == LIMIT_WEB_HEAD ? STREAM_FULL : STREAM_LATE;
}

enum stream_end stream_read_head(struct stream *stream, char *head, size_t *length, int64_t until)
{
    enum stream_end end;

    *length = 0;
    do {
        if (await(stream, POLLIN, until) != 0)
            return errno == ETIMEDOUT && *length > 0 ? STREAM_LATE : STREAM_GONE;
        end = read_some(stream, head, length);
    } while (end == STREAM_LATE);
    return end;
}

/* ---- to the peer */

/* Waits until the peer takes something. Fails with ETIMEDOUT if it took less than min_rate bytes a
 * second over patience_s, or none at all. */
static int await_room(struct stream *stream)
{
    const struct session_limits *limits = stream->limits;
    int64_t patience = (int64_t)limits->patience_s * CLOCK_S, now = clock_now();
    uint64_t wanted = limits->min_rate * limits->patience_s;
    uint64_t taken = stream->written - platform_unsent(stream->fd);

    if (stream->pace_since != 0 && now - stream->pace_since >= patience) {
        if (taken - stream->pace_bytes < (wanted > 0 ? wanted : 1)) {
            errno = ETIMEDOUT;
            return -1;
        }
        stream->pace_since = 0;
    }
    if (stream->pace_since == 0) {
        stream->pace_since = now;
        stream->pace_bytes = taken;
    }
    if (await(stream, POLLOUT, stream->pace_since + patience) != 0 && errno != ETIMEDOUT)
        return -1;
    return 0;
}

/* What a write returned. False: the stream is broken. */
static bool go_on(struct stream *stream, ssize_t put)
{
    if (put > 0)
        stream->written += (uint64_t)put;
    else if (errno != EAGAIN && errno != EINTR)
        stream->broken = true;
    else if (await_room(stream) != 0)
        stream->broken = true;
    return !stream->broken;
}

bool stream_write(struct stream *stream, const void *data, size_t size)
{
    const char *from = data;

    while (size > 0 && !stream->broken) {
        ssize_t put = send(stream->fd, from, size, MSG_NOSIGNAL);

        if (put > 0) {
            from += put;
            size -= (size_t)put;
        }
        (void)go_on(stream, put);
    }
    return !stream->broken;
}

/* Between two chunks the daemon may have ended. */
bool stream_send_file(struct stream *stream, int file, off_t *offset, off_t end)
{
    while (*offset < end && !stream->broken) {
        off_t left = end - *offset;
        ssize_t put = platform_send_file(stream->fd, file, offset,
                                         left < LIMIT_SEND_CHUNK ? (size_t)left : LIMIT_SEND_CHUNK);

        if (put == 0) {
            stream->broken = true; /* the length that was announced cannot be kept */
            break;
        }
        if (go_on(stream, put) && await(stream, POLLOUT, clock_now()) != 0 && errno != ETIMEDOUT)
            stream->broken = true;
    }
    return !stream->broken;
}

void stream_end(struct stream *stream)
{
    int64_t until = clock_now() + LIMIT_GOODBYE_MS * CLOCK_MS;
    char sink[4096];

    (void)shutdown(stream->fd, stream->broken ? SHUT_RDWR : SHUT_WR);
    while (!stream->broken && await(stream, POLLIN, until) == 0 &&
           recv(stream->fd, sink, sizeof sink, 0) > 0 && clock_now() < until)
        ;
}
