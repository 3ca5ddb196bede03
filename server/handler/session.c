#define _POSIX_C_SOURCE 200809L

#include "server/handler/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "server/events.h"
#include "server/handler/conn.h"
#include "server/handler/frames.h"
#include "server/handler/hello.h"
#include "server/handler/pace.h"
#include "server/handler/recording.h"
#include "server/handler/relay.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "server/handler/work.h"
#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/table/slot.h"

void session_prepare(struct session *session)
{
    wait_prepare(session);
}

static void begin(struct session *session, struct table *table, const struct admitted *admitted,
                  const struct service *service)
{
    session->used = 0; /* written before it is read: one page fault instead of two */
    session->service = service;
    session->slot.table = table;
    session->slot.number = session->kicked_at = admitted->slot;
    session->slot.serial = session->me.serial = admitted->serial;
    session->lifeline = admitted->lifeline;
    session->me.peer = admitted->peer;
    session->me.connected = admitted->connected;
    session->me.connected_ns = session->me.active_ns = session->came = admitted->connected_ns;
    protocol_client_name(session->me.name, admitted->slot + 1);
    session->watch = session->sending.file = -1;
    conn_open(session, admitted->fd);
    session->me.via = admitted->via;
    if (admitted->via & VIA_WEB)
        frames_open(session);
    if (!platform_follow_parent(SIGUSR1, table->made.pid) || (admitted->via & VIA_WEB))
        wait_start_polling(session);
}

/* Puts the session into the table before the client reads its greeting. */
static void come_in(struct session *session, const struct admitted *admitted)
{
    session->phase = ARRIVED;
    if (slot_enter(&session->slot, &session->me) != 0) {
        event_not_recorded(session->me.name, errno);
        reply_line(session, REPLY_CLOSING, "Your session cannot be recorded now, try again later.");
        state_part(session, LEFT_CLOSED);
        return;
    }
    session->recorded = true;
    event_connected(session->me.name, admitted);
    if (session->service->key->length > 0)
        recording_entered(session);
    hello_welcome(session);
}

/* Takes the session out of the table before the client reads its last line. */
static void leave(struct session *session)
{
    bool was_recorded = session->recorded;

    if (state_is_sending(session)) /* else a handler need not touch that code's page */
        transfer_cut(session, NULL);
    if (session->incoming != NULL)
        verb_handin_drop(session);
    if (session->working.work != NULL)
        work_drop(session);
    if (was_recorded) {
        session->me.bytes_out += session->used;
        relay_leave(session);
        if (slot_leave(&session->slot, &session->me, session->why) != 0)
            event_not_removed(session->me.name, errno);
        session->recorded = false;
        session->ring_due = true;
        if (recording_is_on(session)) /* else that code need not be touched */
            recording_leaving(session);
        event_disconnected(session->me.name, session->why);
    }
    hello_goodbye(session);
    if (!was_recorded || session->why != LEFT_CLOSED) /* a client that has closed reads nothing */
        conn_end(session);
}

/* ---- lines */

/* A client that asks faster than it may is not read from for a while: TCP makes it wait. */
static void keep_rate(struct session *session, uint64_t bytes)
{
    int ms = pace_of_requests(session, bytes);

    if (ms == 0)
        return;
    reply_flush(session);
    table_count_slowed(session->slot.table);
    (void)snprintf(session->me.doing, sizeof session->me.doing, "slowed down");
    state_publish(session);
    (void)wait_or_part(session, ms);
    session->came = clock_now();
    transfer_finish(session);
}

static void answer(struct session *session, const char *line, size_t length)
{
    pace_answering(session);
    session->me.requests++;
    keep_rate(session, LIMIT_REQUEST_COST + (session->incoming != NULL ? length : 0));
    session->me.active_ns = session->came;
    if (session->working.work != NULL && strcmp(line, "stop:") != 0) /* which ends it first */
        work_set_aside(session);
    if (text_is_clean(line, length))
        verbs_answer(session, line);
    else
        reply_line(session, REPLY_BAD_ARGUMENT,
                   "Expected a line of UTF-8 without control characters.");
}

/* An empty line, with which a client keeps what lies between from forgetting it. Nobody need have
 * done anything at the client, so it stays as idle as it was. */
static void answer_ping(struct session *session)
{
    session->line_since = 0;
    keep_rate(session, LIMIT_REQUEST_COST);
    if (session->working.work != NULL)
        work_set_aside(session);
    verbs_answer(session, "");
}

static void hold(struct session *session, const char *line, size_t length)
{
    memcpy(session->held, line, length + 1);
    session->held_length = length;
}

/* Whether the first line, or what is here of it, is another protocol's; then the session ends at
 * that line, which nobody hears. */
static bool ends_at_knock(struct session *session, const char *bytes, size_t length, bool whole,
                          const struct admitted *admitted)
{
    enum knock knock;

    if (session->phase >= PRESENT || session->framed)
        return false;
    knock = knock_of(bytes, length, whole);
    if (knock == KNOCK_OURS)
        return false;
    session->knock = knock;
    table_count_refused(session->slot.table, REFUSED_PROTOCOL);
    if (!session->recorded)
        event_other_protocol(admitted);
    state_part(session, LEFT_PROTOCOL);
    return true;
}

/* The first line is one of ours: those who joined hear who came. */
static void announce(struct session *session)
{
    if (session->phase != ARRIVED)
        return;
    session->phase = PRESENT;
    session->ring_due = true;
    if (slot_announce(&session->slot, &session->me) != 0)
        event_not_heard(session->me.name, errno);
}

/* An empty line may come before an HTTP request (RFC 9112, section 2.2), so the next is the first.
 */
static void take_line(struct session *session, const char *line, size_t length,
                      const struct admitted *admitted)
{
    if (ends_at_knock(session, line, length, true, admitted))
        return;
    if (state_is_busy(session) && verbs_waits(session, line)) {
        hold(session, line, length);
    } else if (session->phase != GREETING) {
        if (length == 0) {
            answer_ping(session);
            return;
        }
        announce(session);
        answer(session, line, length);
    } else if (hello_proves_key(session, line, admitted)) {
        come_in(session, admitted);
    }
}

static void take_long_line(struct session *session, const char *line, size_t length,
                           const struct admitted *admitted)
{
    if (ends_at_knock(session, line, length, true, admitted))
        return;
    if (session->phase != GREETING) {
        announce(session);
        pace_answering(session);
        session->me.requests++;
        session->me.active_ns = session->came;
        if (session->working.work != NULL)
            work_set_aside(session);
        reply_line(session, REPLY_TOO_LONG, "Line too long: at most %d bytes.",
                   PROTOCOL_REQUEST_MAX);
    } else {
        (void)hello_proves_key(session, NULL, admitted);
    }
}

/* Whether only the client or SIGUSR1 can end the wait for the client. */
static bool waits_for_client_alone(const struct session *session)
{
    return !session->polling && !session->called && session->phase != GREETING &&
           !session->joined && !session->ring_due && session->incoming == NULL &&
           session->service->limits.idle_s == 0 && !line_begun(&session->reader);
}

/* Waits for the client, a wake-up or the parent. False: there is nothing to read now. */
static bool wait_for_line(struct session *session)
{
    int64_t left = pace_time_to_ask(session), until = left;
    int waited;

    if (session->joined && session->watch < 0 && (left < 0 || left > LIMIT_LOOK_MS * CLOCK_MS))
        until = LIMIT_LOOK_MS * CLOCK_MS; /* a system without wake-ups */
    if (session->framed)
        until = frames_keep_alive(session, until);
    if (session->ring_due && (until < 0 || until > session->ring_later))
        until = session->ring_later;
    session->wants_wakeup = session->joined;
    waited = wait_for(session, POLLIN, until < 0 ? -1 : until / CLOCK_MS + 1);
    session->wants_wakeup = false;
    if (waited != 0 && errno == ETIMEDOUT && until != left)
        return false;
    if (left == 0 || (waited != 0 && errno == ETIMEDOUT))
        state_part(session, pace_missed(session));
    else if (waited != 0)
        state_lose(session);
    else if (session->phase < PARTING && session->woken)
        relay_deliver(session);
    else
        return session->phase < PARTING;
    return false;
}

/* Goes on with what the session has to do. */
static void do_part(struct session *session)
{
    if (session->working.work != NULL)
        work_turn(session);
    if (state_is_sending(session) && session->phase < PARTING)
        transfer_send_piece(session);
}

/* Room lines, if the client waits for them. While there is work, it goes on if the client does not
 * read. */
static void hear_others(struct session *session)
{
    if (session->phase != PRESENT || !relay_is_due(session) || conn_has_input(session))
        return;
    if (session->working.work != NULL)
        relay_offer(session);
    else
        relay_deliver(session);
}

/* An unfinished line when the client closes is not a request: it was cut off. */
static void read_more(struct session *session, const struct admitted *admitted)
{
    const char *bytes;
    size_t got;

    if (session->framed && frames_decode(session))
        return;
    reply_rest(session);
    hear_others(session);
    if (session->phase >= PARTING)
        return;
    if (state_is_busy(session) &&
        (session->held_length > 0 || session->ended || !conn_has_input(session))) {
        do_part(session);
        return;
    }
    if (!state_is_busy(session) && !waits_for_client_alone(session) && !wait_for_line(session))
        return;
    got = conn_fill(session);
    if (got > 0 && session->incoming == NULL) /* during a hand-in most bytes are the file's */
        keep_rate(session, got);
    got = line_peek(&session->reader, &bytes);
    (void)ends_at_knock(session, bytes, got, false, admitted);
}

static void go_on_with_held(struct session *session, const struct admitted *admitted)
{
    size_t length = session->held_length;

    if (verbs_waits(session, session->held)) {
        read_more(session, admitted);
        return;
    }
    session->held_length = 0;
    answer(session, session->held, length);
}

static void serve(struct session *session, const struct admitted *admitted)
{
    while (session->phase < PARTING) {
        char *line;
        size_t length;

        if (session->held_length > 0) {
            go_on_with_held(session, admitted);
            continue;
        }
        if (session->working.work != NULL && session->piece == 0) { /* replies keep their order */
            work_turn(session);
            continue;
        }
        switch (line_next(&session->reader, &line, &length)) {
        case LINE_READY:
            take_line(session, line, length, admitted);
            break;
        case LINE_TOO_LONG:
            take_long_line(session, line, length, admitted);
            break;
        case LINE_NONE:
            read_more(session, admitted);
            break;
        }
    }
}

void session_run(struct session *session, struct table *table, const struct admitted *admitted,
                 const struct service *service)
{
    begin(session, table, admitted, service);
    if (service->key->length > 0)
        hello_challenge(session);
    else
        come_in(session, admitted);
    serve(session, admitted);
    leave(session);
}
