#define _POSIX_C_SOURCE 200809L

#include "server/handler/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/events.h"
#include "server/handler/conn.h"
#include "server/handler/pace.h"
#include "server/handler/recording.h"
#include "server/handler/reply.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/table/history.h"

bool transfer_may_begin(struct session *session)
{
    if (!state_is_sending(session) && session->incoming == NULL)
        return true;
    reply_line(session, REPLY_BUSY, "Another transfer is running: wait for its end, or send stop:");
    return false;
}

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

static void show(struct session *session, const char *word, const char *name, uint64_t done,
                 uint64_t total)
{
    transfer_task(session, word, name, total);
    session->me.done = done;
    state_publish(session);
}

/* The table may show a rest; afterwards it shows the running transfer, or work, again. */
static void show_sending(struct session *session)
{
    show(session, "sending", session->sending.name, (uint64_t)session->sending.offset,
         session->sending.size);
}

static void show_receiving(struct session *session)
{
    show(session, "receiving", session->receiving.name, session->receiving.done,
         session->receiving.size);
}

void transfer_finish(struct session *session)
{
    session->me.doing[0] = '\0';
    session->me.done = session->me.total = 0;
    if (state_is_sending(session))
        show_sending(session);
    else if (session->receiving.name != NULL)
        show_receiving(session);
    else if (session->working.word != NULL)
        show(session, session->working.word, session->working.name, session->working.done,
             session->working.total);
    else
        state_publish(session);
}

/* ---- to the client */

/* No reply can be sent in the middle of a file's bytes, so after the goodbye's time the connection
 * is cut. */
static void cut_in_time(struct session *session)
{
    if (!wait_or_part(session, 0) && clock_now() >= session->part_by)
        state_break_off(session, session->why);
}

/* Sends all bytes up to `end`, or makes the session MUTE. False: the file has become shorter. */
static bool send_bytes(struct session *session, int file, off_t *offset, uint64_t end)
{
    while (session->phase != MUTE && (uint64_t)*offset < end) {
        uint64_t left = end - (uint64_t)*offset;
        ssize_t sent = conn_send_file(session, file, offset,
                                      left < LIMIT_SEND_CHUNK ? (size_t)left : LIMIT_SEND_CHUNK);

        if (sent < 0)
            return false;
        if (sent > 0)
            transfer_advance(session, (uint64_t)sent);
        if ((uint64_t)*offset < end)
            cut_in_time(session);
    }
    return true;
}

/* Records the transfer up to `offset`, and closes the file. */
static void end_sending(struct session *session, int file, const char *name, uint64_t offset,
                        uint64_t size)
{
    struct transfer sent = {.kind = TRANSFER_SENT, .done = offset, .size = size};

    close(file);
    transfer_finish(session);
    (void)transfer_note(session, &sent, name);
}

void transfer_send(struct session *session, int file, const char *name, uint64_t from,
                   uint64_t size)
{
    off_t offset = (off_t)from;

    transfer_task(session, "sending", name, size);
    session->me.done = from;
    wait_start_polling(session);
    reply_flush(session);
    conn_begin_bytes(session, size - from);
    pace_begin(session);
    if (!send_bytes(session, file, &offset, size))
        state_break_off(session, LEFT_CHANGED); /* the client expects bytes that do not exist */
    end_sending(session, file, name, (uint64_t)offset, size);
}

/* ---- in pieces */

static void end_pieces(struct session *session)
{
    int file = session->sending.file;

    session->sending.file = -1;
    pace_answering(session); /* the client was not idle until now */
    end_sending(session, file, session->sending.name, (uint64_t)session->sending.offset,
                session->sending.size);
}

void transfer_begin(struct session *session, int file, const char *name, uint64_t offset,
                    uint64_t size)
{
    session->sending.file = file;
    session->sending.offset = (off_t)offset;
    session->sending.size = size;
    (void)snprintf(session->sending.name, sizeof session->sending.name, "%s", name);
    wait_start_polling(session);
    pace_begin(session);
    if (offset == size)
        end_pieces(session);
    else
        show_sending(session);
}

/* A piece has as many bytes as the client reads in LIMIT_PIECE_MS, because everything else waits
 * for the end of the piece. */
static void fit_piece(struct session *session, int64_t took)
{
    if (took > LIMIT_PIECE_MS * CLOCK_MS && session->piece > LIMIT_PIECE_LEAST)
        session->piece /= 2;
    else if (took < LIMIT_PIECE_MS * CLOCK_MS / 4 && session->piece < LIMIT_PIECE_MOST)
        session->piece *= 2;
}

/* The client expects the rest of a piece, but the file has become shorter. Fills the piece and then
 * cuts the transfer, so that the client discards the piece. */
static void fill_up(struct session *session, uint64_t end)
{
    static char zeros[LIMIT_PIECE_LEAST]; /* not const: constants would take space among the code */

    while (session->phase != MUTE && (uint64_t)session->sending.offset < end) {
        uint64_t left = end - (uint64_t)session->sending.offset;
        size_t count = left < sizeof zeros ? (size_t)left : sizeof zeros;

        conn_write(session, zeros, count);
        session->sending.offset += (off_t)count;
    }
}

void transfer_send_piece(struct session *session)
{
    uint64_t offset = (uint64_t)session->sending.offset, left = session->sending.size - offset;
    size_t count = left < session->piece ? (size_t)left : session->piece;
    int64_t began = clock_now();

    if (!wait_or_part(session, 0))
        return;
    reply_line(session, REPLY_PIECE, "%zu", count);
    reply_send(session); /* the pace is measured over all pieces together */
    conn_begin_bytes(session, count);
    if (!send_bytes(session, session->sending.file, &session->sending.offset, offset + count)) {
        fill_up(session, offset + count);
        transfer_cut(session, "The file has changed.");
        return;
    }
    fit_piece(session, clock_now() - began);
    if ((uint64_t)session->sending.offset == session->sending.size)
        end_pieces(session);
}

void transfer_cut(struct session *session, const char *why)
{
    if (!state_is_sending(session))
        return;
    if (why != NULL)
        reply_line(session, REPLY_CUT, "%s", why);
    end_pieces(session);
}

/* ---- from the client */

void transfer_expect(struct session *session, const char *name, uint64_t done, uint64_t size)
{
    session->receiving.name = name;
    session->receiving.done = done;
    session->receiving.size = size;
    show_receiving(session);
}

void transfer_expect_end(struct session *session)
{
    session->receiving.name = NULL;
    transfer_finish(session);
}

bool transfer_receive(struct session *session, uint64_t length, transfer_take *take, void *context)
{
    static char chunk[LIMIT_CHUNK];
    ssize_t got = 0;

    reply_send(session);
    if (session->piece == 0)
        pace_begin(session);
    while (session->phase != MUTE && length > 0 && got >= 0) {
        got = conn_read(session, chunk, length < sizeof chunk ? (size_t)length : sizeof chunk);
        if (got <= 0)
            continue;
        length -= (uint64_t)got;
        if (take == NULL)
            continue;
        take(context, chunk, (size_t)got);
        session->receiving.done += (uint64_t)got;
        transfer_advance(session, (uint64_t)got);
    }
    return length == 0;
}

bool transfer_note(struct session *session, struct transfer *transfer, const char *name)
{
    int failed = 0;

    transfer->serial = session->me.serial;
    transfer->peer = session->me.peer;
    transfer->when = (int64_t)time(NULL);
    memcpy(transfer->client, session->me.name, sizeof transfer->client);
    (void)snprintf(transfer->file, sizeof transfer->file, "%s", name);
    if (recording_transfer(session, transfer, name) != 0)
        failed = errno;
    if ((failed == 0 || transfer->kind == TRANSFER_SENT) &&
        history_note(&session->slot, transfer) == 0 && failed == 0)
        return true;
    if (failed != 0)
        errno = failed;
    event_not_noted(session->me.name, name, errno);
    if (transfer->kind != TRANSFER_SENT && !wait_is_shutdown(session)) /* the file has gone out */
        reply_line(session, REPLY_BUSY, "That cannot be recorded now, try again later.");
    return false;
}
