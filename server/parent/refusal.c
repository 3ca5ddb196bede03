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

static void send_line(struct refusal *refusal, int fd, const char *reason)
{
    char line[128];
    int length = snprintf(line, sizeof line, "%d %s\n", REPLY_CLOSING, reason);

    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    /* the buffer of a new socket is empty, so either the whole line fits or the connection is gone
     */
    (void)send(fd, line, (size_t)length, MSG_NOSIGNAL);
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

void refusal_send(struct refusal *refusal, struct table *table, int fd, enum refused_why why)
{
    char full[64];

    (void)snprintf(full, sizeof full, PROTOCOL_FULL " %" PRIu32 " of %" PRIu32 ".", refusal->slots,
                   refusal->slots);
    send_line(refusal, fd, why == REFUSED_FULL ? full : refused_reason(why)->told);
    registry_count_refused(table, why);
    refusal->unlogged_why[why]++;
    refusal->unlogged++;
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
