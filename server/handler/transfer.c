#define _POSIX_C_SOURCE 200809L

#include "server/handler/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/events.h"
#include "server/handler/conn.h"
#include "server/handler/pace.h"
#include "server/handler/reply.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/table/history.h"

/* ---- what the table shows */

void transfer_task(struct session *session, const char *word, const char *name, uint64_t total)
{
    char *doing = session->me.doing;
    size_t size = sizeof session->me.doing;
    size_t used = (size_t)snprintf(doing, size, "%s ", word);

    text_show(doing + used, size - used, name, strlen(name));
    session->me.done = 0;
    session->me.total = total;
    state_publish(session);
}

void transfer_advance(struct session *session, uint64_t more)
{
    session->me.done += more;
    state_publish(session);
}

void transfer_finish(struct session *session)
{
    session->me.doing[0] = '\0';
    session->me.done = session->me.total = 0;
    state_publish(session);
}

/* ---- to the client */

/* All bytes up to `end`, or the session is MUTE. */
static void send_bytes(struct session *session, int file, off_t *offset, uint64_t end)
{
    while (session->phase != MUTE && (uint64_t)*offset < end) {
        uint64_t left = end - (uint64_t)*offset;
        size_t sent = conn_send_file(session, file, offset,
                                     left < LIMIT_SEND_CHUNK ? (size_t)left : LIMIT_SEND_CHUNK);

        if (sent > 0)
            transfer_advance(session, sent);
        if (!wait_or_part(session, 0) && (uint64_t)*offset < end && clock_now() >= session->part_by)
            state_break_off(session, session->why); /* among bytes no line can say why */
    }
}

/* A piece is as long as the client takes in LIMIT_PIECE_MS, because a kick waits for its end. */
static void fit_piece(struct session *session, int64_t took)
{
    if (took > LIMIT_PIECE_MS * CLOCK_MS && session->piece > LIMIT_PIECE_LEAST)
        session->piece /= 2;
    else if (took < LIMIT_PIECE_MS * CLOCK_MS / 4 && session->piece < LIMIT_PIECE_MOST)
        session->piece *= 2;
}

static void send_pieces(struct session *session, int file, off_t *offset, uint64_t size)
{
    while (session->phase != MUTE && (uint64_t)*offset < size) {
        uint64_t left = size - (uint64_t)*offset;
        size_t count = left < session->piece ? (size_t)left : session->piece;
        int64_t began = clock_now();

        if (!wait_or_part(session, 0))
            return;
        reply_line(session, REPLY_PIECE, "%zu", count);
        reply_send(session); /* the pace is that of all pieces together */
        send_bytes(session, file, offset, (uint64_t)*offset + count);
        fit_piece(session, clock_now() - began);
    }
}

uint64_t transfer_send(struct session *session, int file, uint64_t from, uint64_t size)
{
    off_t offset = (off_t)from;

    wait_start_polling(session);
    reply_flush(session);
    pace_begin(session);
    if (session->piece > 0)
        send_pieces(session, file, &offset, size);
    else
        send_bytes(session, file, &offset, size);
    return (uint64_t)offset;
}

/* ---- from the client */

bool transfer_receive(struct session *session, uint64_t length, transfer_take *take, void *context)
{
    static char chunk[LIMIT_CHUNK];
    ssize_t got = 0;

    reply_flush(session);
    pace_begin(session);
    while (session->phase != MUTE && length > 0 && got >= 0) {
        got = conn_read(session, chunk, length < sizeof chunk ? (size_t)length : sizeof chunk);
        if (got <= 0)
            continue;
        take(context, chunk, (size_t)got);
        length -= (uint64_t)got;
        transfer_advance(session, (uint64_t)got);
    }
    return length == 0;
}

bool transfer_note(struct session *session, struct transfer *transfer, const char *name)
{
    transfer->serial = session->me.serial;
    transfer->peer = session->me.peer;
    transfer->when = (int64_t)time(NULL);
    memcpy(transfer->client, session->me.name, sizeof transfer->client);
    (void)snprintf(transfer->file, sizeof transfer->file, "%s", name);
    if (history_note(&session->slot, transfer) == 0)
        return true;
    event_not_noted(session->me.name, name, errno);
    reply_line(session, REPLY_BUSY, "That cannot be written down now, try again later.");
    return false;
}
