#define _POSIX_C_SOURCE 200809L

#include "server/handler/conn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/events.h"
#include "server/handler/frames.h"
#include "server/handler/output.h"
#include "server/handler/pace.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "shm/table/types.h"

void conn_open(struct session *session, int fd)
{
    session->fd = fd;
    line_reader_init(&session->reader, fd, PROTOCOL_REQUEST_MAX);
}

/* ---- from the client */

bool conn_has_input(const struct session *session)
{
    struct pollfd client = {.fd = session->fd, .events = POLLIN};

    return poll(&client, 1, 0) != 0;
}

/* Looks for the line in bytes that begin with a line, or (torn) in the middle of one. */
static bool holds_line(const char *bytes, size_t length, bool torn, const char *line)
{
    const char *end, *at = bytes;

    for (; (end = memchr(at, '\n', length - (size_t)(at - bytes))) != NULL; at = end + 1) {
        size_t size = (size_t)(end - at);

        if (size > 0 && at[size - 1] == '\r')
            size--;
        if (!torn && size == strlen(line) && memcmp(at, line, size) == 0)
            return true;
        torn = false;
    }
    return false;
}

bool conn_has_line(const struct session *session, const char *line)
{
    char next[PROTOCOL_REQUEST_MAX];
    const char *held;
    size_t length = line_peek(&session->reader, &held);
    ssize_t got = session->framed ? (ssize_t)frames_peek(session, next, sizeof next)
                                  : recv(session->fd, next, sizeof next, MSG_PEEK | MSG_DONTWAIT);

    return holds_line(held, length, false, line) ||
           (got > 0 && holds_line(next, (size_t)got, length > 0 && held[length - 1] != '\n', line));
}

bool conn_has_room(const struct session *session)
{
    struct pollfd client = {.fd = session->fd, .events = POLLOUT};

    return poll(&client, 1, 0) > 0;
}

/* Counts what read(2) returned. */
static size_t count_input(struct session *session, ssize_t got)
{
    session->came = clock_now();
    if (session->receiving.name != NULL)
        session->me.active_ns = session->came;
    if (got == 0 && state_is_busy(session))
        session->ended = true; /* it may still read */
    else if (got == 0)
        state_part(session, LEFT_CLOSED);
    else if (got < 0 && errno != EAGAIN && errno != EINTR)
        state_part(session, LEFT_LOST);
    if (got <= 0)
        return 0;
    session->me.bytes_in += (uint64_t)got;
    return (size_t)got;
}

size_t conn_fill(struct session *session)
{
    return count_input(session,
                       session->framed ? frames_fill(session) : line_fill(&session->reader));
}

/* Reads bytes of a file from a WebSocket; returns as conn_read. */
static ssize_t read_frames(struct session *session, void *to, size_t size)
{
    size_t direct = frames_direct(session, size);
    ssize_t got;

    if (direct == 0)
        return conn_fill(session) > 0 || session->phase < PARTING ? 0 : -1;
    got = read(session->fd, to, direct);
    if (count_input(session, got) > 0) {
        frames_pass(session, to, (size_t)got);
        return got;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

ssize_t conn_read(struct session *session, void *to, size_t size)
{
    ssize_t got = session->framed ? frames_take(session, to, size)
                                  : (ssize_t)line_take(&session->reader, to, size);
    ssize_t read_now;

    if (got != 0)
        return got;
    if (pace_wait(session, POLLIN, session->me.bytes_in) != 0) {
        state_part(session, errno == ETIMEDOUT ? LEFT_SENDS_NOTHING : LEFT_LOST);
        return -1;
    }
    if (session->framed)
        return read_frames(session, to, size);
    read_now = read(session->fd, to, size);
    if (count_input(session, read_now) > 0)
        return read_now;
    return read_now < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* ---- to the client */

void conn_begin_bytes(struct session *session, uint64_t size)
{
    if (session->framed)
        frames_begin_bytes(session, size);
}

void conn_write(struct session *session, const void *data, size_t size)
{
    if (session->framed)
        frames_sent(session, size);
    output_write(session, data, size);
}

void conn_write_replies(struct session *session, size_t size)
{
    const void *data;

    if (!session->framed || frames_is_in_bytes(session)) {
        conn_write(session, state_replies(session), size);
        return;
    }
    data = frames_wrap(session, &size);
    output_write(session, data, size);
}

ssize_t conn_send_file(struct session *session, int file, off_t *offset, size_t size)
{
    ssize_t sent = platform_send_file(session->fd, file, offset, size);

    if (sent > 0) {
        session->me.bytes_out += (uint64_t)sent;
        if (session->framed)
            frames_sent(session, (size_t)sent);
        return sent;
    }
    if (sent == 0)
        return -1;
    if (errno == EAGAIN) {
        if (output_wait(session, POLLOUT, 0) != 0)
            state_lose(session);
    } else if (errno == EPIPE || errno == ECONNRESET || errno == ETIMEDOUT) {
        state_break_off(session, LEFT_LOST);
    } else if (errno != EINTR) {
        event_file_unreadable(session->me.name, errno);
        return -1;
    }
    return 0;
}

void conn_end(struct session *session)
{
    int64_t until = clock_now() + LIMIT_GOODBYE_MS * CLOCK_MS;
    char sink[4096];

    wait_start_polling(session);
    if (session->framed)
        frames_close(session);
    (void)shutdown(session->fd, SHUT_WR);
    while (recv(session->fd, sink, sizeof sink, 0) > 0) {
        int64_t left = (until - clock_now()) / CLOCK_MS;
        struct pollfd client = {.fd = session->fd, .events = POLLIN};

        if (left <= 0 || poll(&client, 1, (int)left) <= 0)
            break;
    }
}
