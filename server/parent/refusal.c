#define _POSIX_C_SOURCE 200809L

#include "server/parent/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/events.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/protocol.h"
#include "shm/table/registry.h"

/* Whether the peer has closed, or the connection is broken. Reads a bounded amount: a peer that
 * sends faster is read again in the next turn. */
static bool drained(int fd)
{
    char sink[4096];

    for (int i = 0; i < 16; i++) {
        ssize_t got = recv(fd, sink, sizeof sink, 0);

        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return true;
        if (got < 0)
            return false;
    }
    return false;
}

static void forget(struct refusal *refusal, int i)
{
    close(refusal->fd[i]);
    refusal->count--;
    memmove(&refusal->fd[i], &refusal->fd[i + 1],
            (size_t)(refusal->count - i) * sizeof refusal->fd[0]);
    memmove(&refusal->until[i], &refusal->until[i + 1],
            (size_t)(refusal->count - i) * sizeof refusal->until[0]);
}

static size_t write_line(char *to, size_t size, const char *reason)
{
    return (size_t)snprintf(to, size, "%d %s\n", REPLY_CLOSING, reason);
}

static size_t write_answer(char *to, size_t size, const char *reason, bool for_ever)
{
    return (size_t)snprintf(to, size,
                            "HTTP/1.1 %s\r\nConnection: close\r\n%s"
                            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
                            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"
                            "\r\nX-Content-Type-Options: nosniff\r\n"
                            "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n\r\n%s\n",
                            for_ever ? "403 Forbidden" : "503 Service Unavailable",
                            for_ever ? "" : "Retry-After: 1\r\n", strlen(reason) + 1, reason);
}

/* RFC 6455: a frame with text, which has less than 126 bytes, and one that closes with the code
 * "try again later", 1013. */
static size_t write_frames(char *to, size_t size, const char *reason)
{
    size_t length = write_line(to + 2, size - 6, reason);

    to[0] = (char)0x81;
    to[1] = (char)length;
    memcpy(to + 2 + length, "\x88\x02\x03\xf5", 4);
    return length + 6;
}

static size_t write_form(char *to, size_t size, enum refusal_form form, enum refused_why why,
                         const char *reason)
{
    switch (form) {
    case REFUSAL_HTTP:
        return write_answer(to, size, reason, why == REFUSED_NETWORK);
    case REFUSAL_FRAME:
        return write_frames(to, size, reason);
    default:
        return write_line(to, size, reason);
    }
}

/* The buffer of a new socket is empty, so either all bytes fit or the connection is gone. */
static void send_last(struct refusal *refusal, int fd, const char *bytes, size_t length)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)send(fd, bytes, length, MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    if (drained(fd) || fd >= FD_SETSIZE) {
        close(fd);
        return;
    }
    if (refusal->count == LIMIT_REFUSED_HELD)
        forget(refusal, 0);
    refusal->fd[refusal->count] = fd;
    refusal->until[refusal->count++] = clock_now() + LIMIT_REFUSED_MS * CLOCK_MS;
}

void refusal_count(struct refusal *refusal, struct table *table, enum refused_why why)
{
    registry_count_refused(table, why);
    refusal->unlogged_why[why]++;
    refusal->unlogged++;
}

void refusal_send(struct refusal *refusal, struct table *table, int fd, enum refusal_form form,
                  enum refused_why why)
{
    char full[64], bytes[640];

    (void)snprintf(full, sizeof full, PROTOCOL_FULL " %" PRIu32 " of %" PRIu32 ".", refusal->slots,
                   refusal->slots);
    send_last(refusal, fd, bytes,
              write_form(bytes, sizeof bytes, form, why,
                         why == REFUSED_FULL ? full : refused_reason(why)->told));
    refusal_count(refusal, table, why);
}

void refusal_log(struct refusal *refusal, struct recorder *recorder, struct table *table,
                 int64_t now)
{
    if (refusal->unlogged == 0 || now - refusal->logged < CLOCK_S)
        return;
    for (enum refused_why why = 0; why < REFUSED_REASONS; why++) {
        if (refusal->unlogged_why[why] > 0) {
            event_refused(why, refusal->unlogged_why[why]);
            recorder_refused(recorder, table, why, refusal->unlogged_why[why]);
        }
        refusal->unlogged_why[why] = 0;
    }
    refusal->unlogged = 0;
    refusal->logged = now;
}

void refusal_prepare(const struct refusal *refusal, fd_set *read, int *highest, int64_t *until)
{
    for (int i = 0; i < refusal->count; i++)
        descriptors_add(refusal->fd[i], read, highest);
    if (refusal->count > 0 && refusal->until[0] < *until)
        *until = refusal->until[0];
    if (refusal->unlogged > 0 && refusal->logged + CLOCK_S < *until)
        *until = refusal->logged + CLOCK_S;
}

void refusal_run(struct refusal *refusal, const fd_set *read)
{
    int64_t now = refusal->count > 0 ? clock_now() : 0;

    for (int i = refusal->count - 1; i >= 0; i--)
        if (refusal->until[i] <= now ||
            (descriptors_have(read, refusal->fd[i]) && drained(refusal->fd[i])))
            forget(refusal, i);
}

int refusal_highest(const struct refusal *refusal)
{
    int highest = -1;

    for (int i = 0; i < refusal->count; i++)
        if (refusal->fd[i] > highest)
            highest = refusal->fd[i];
    return highest;
}

void refusal_close(struct refusal *refusal)
{
    while (refusal->count > 0)
        forget(refusal, refusal->count - 1);
}
