#define _POSIX_C_SOURCE 200809L

#include "server/handler/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/print.h"
#include "server/wire/text.h"

#define MS INT64_C(1000000) /* nanoseconds */

void session_end(struct session *session, enum left_why why)
{
    if (!session->ended)
        session->why = why;
    session->ended = true;
}

/* ---- waiting: for the client, and for the end of the parent */

/* From now on what is under way may be finished, for a short while. */
static void hear_parting(struct session *session, enum left_why why)
{
    session->goodbye_until = clock_now() + LIMIT_GOODBYE_MS * MS;
    session->parting = why;
}

static bool is_sent_away(const struct session *session)
{
    return session->goodbye_until == 0 && slot_is_kicked(&session->courier.mine);
}

/* ---- told by the parent */

/* Most clients just talk, and their handler waits in read(2) itself, which is one system call for
 * each request less. Whoever has something else to tell it, its parent or the system when that has
 * ended, sends it SIGUSR1, whose trace is the flag that makes that read(2) return, be it under way
 * or still to come. From then on it is watchful, as it is from the beginning where the system does
 * not tell the parent's end. */
static struct session *own;
static pid_t parent_pid; /* it has this signal handler only for its handlers to inherit */

static void on_call(int signal)
{
    int saved = errno;

    (void)signal;
    if (getpid() == parent_pid) /* a stray one: every later handler would inherit the flag */
        return;
    own->called = 1;
    if (own->fd >= 0)
        (void)fcntl(own->fd, F_SETFL, O_NONBLOCK);
    errno = saved;
}

void session_prepare(struct session *session)
{
    struct sigaction action = {.sa_handler = on_call, .sa_flags = SA_RESTART};

    own = session;
    parent_pid = getpid();
    own->fd = -1;
    sigaction(SIGUSR1, &action, NULL);
}

/* From now on it waits in pselect(2): for its client, the parent, the bell and the time, and never
 * in reading and writing. */
static void be_watchful(struct session *session)
{
    sigset_t call;

    if (session->watchful)
        return;
    session->watchful = true;
    sigemptyset(&call);
    sigaddset(&call, SIGUSR1);
    sigprocmask(SIG_BLOCK, &call, &session->waiting);
    (void)fcntl(session->fd, F_SETFL, O_NONBLOCK);
}

/* Sleeps so long, but no longer than until the parent calls; whether it ends. */
static bool sleep_beside_parent(struct session *session, int64_t ns)
{
    struct timespec time = {.tv_sec = (time_t)(ns / (1000 * MS)),
                            .tv_nsec = (long)(ns % (1000 * MS))};
    fd_set read;

    FD_ZERO(&read);
    FD_SET(session->lifeline, &read);
    return pselect(session->lifeline + 1, &read, NULL, NULL, &time, &session->waiting) > 0;
}

bool session_may_go_on(struct session *session, int ms)
{
    struct pollfd lifeline = {.fd = session->lifeline, .events = POLLIN};
    int64_t until = ms > 0 ? clock_now() + ms * MS : 0;

    if (ms > 0) /* before the look at the table: what comes after it ends the sleep */
        be_watchful(session);
    for (;;) {
        int64_t left = ms > 0 ? until - clock_now() : 0;

        if (is_sent_away(session))
            hear_parting(session, LEFT_KICKED);
        if (session->goodbye_until == 0 &&
            (left > 0 ? sleep_beside_parent(session, left) : poll(&lifeline, 1, 0) > 0))
            hear_parting(session, LEFT_SHUTDOWN);
        if (session->goodbye_until != 0 || left <= 0)
            return session->goodbye_until == 0;
    }
}

static void add_descriptor(int fd, fd_set *to, int *highest)
{
    if (fd < 0)
        return;
    FD_SET(fd, to);
    if (fd > *highest)
        *highest = fd;
}

/* What of these is ready. The parent's signal, which says to look at the table, ends it too, and is
 * blocked everywhere else. */
static int wait_ready(struct session *session, short events, int64_t timeout, bool *client,
                      bool *parent)
{
    struct timespec time = {.tv_sec = (time_t)(timeout / (1000 * MS)),
                            .tv_nsec = (long)(timeout % (1000 * MS))};
    bool parting = session->goodbye_until != 0;
    int highest = -1, ready;
    fd_set read, write;

    FD_ZERO(&read);
    FD_ZERO(&write);
    add_descriptor(session->fd, events == POLLIN ? &read : &write, &highest);
    add_descriptor(parting ? -1 : session->lifeline, &read, &highest);
    add_descriptor(session->listening && !parting ? session->courier.bell : -1, &read, &highest);
    ready =
        pselect(highest + 1, &read, &write, NULL, timeout < 0 ? NULL : &time, &session->waiting);
    *client = ready > 0 && (FD_ISSET(session->fd, &read) || FD_ISSET(session->fd, &write));
    *parent = ready > 0 && !parting && FD_ISSET(session->lifeline, &read);
    session->rung = ready > 0 && session->listening && !parting && !*client &&
                    FD_ISSET(session->courier.bell, &read);
    return ready < 0 && errno != EINTR ? -1 : 0;
}

/* Waits for the client to take or send something (listening: or for the bell). 0; -1 with
 * ETIMEDOUT: it did not in time, or with ECANCELED: the session is to end and the goodbye's time is
 * over. */
static int wait_for(struct session *session, short events, int64_t timeout)
{
    int64_t until = timeout < 0 ? INT64_MAX : clock_now() + timeout * MS;

    be_watchful(session);
    for (;;) {
        bool parting = session->goodbye_until != 0;
        int64_t end = parting && session->goodbye_until < until ? session->goodbye_until : until;
        int64_t left = end == INT64_MAX ? -1 : end - clock_now();
        bool client = false, parent = false;

        if (left < 0 && end != INT64_MAX)
            left = 0;
        if (!is_sent_away(session) && wait_ready(session, events, left, &client, &parent) != 0)
            return -1;
        if (parent || is_sent_away(session)) {
            hear_parting(session, parent ? LEFT_SHUTDOWN : LEFT_KICKED);
            if (events == POLLIN)
                return 0;
        }
        /* also where bytes are always ready: a fast sender has no more time than a slow one */
        if (session->goodbye_until != 0 && clock_now() >= session->goodbye_until) {
            errno = ECANCELED;
            return -1;
        }
        if (client || session->rung)
            return 0;
        if (end != INT64_MAX && clock_now() >= end) {
            errno = end == until ? ETIMEDOUT : ECANCELED;
            return -1;
        }
    }
}

/* ---- the pace of bytes that a client should take or send */

/* From the first time on that the client is waited for: who does not wait need not measure. */
static void pace_begin(struct session *session)
{
    session->pace_since = 0;
}

static void pace_measure(struct session *session, int64_t now, uint64_t bytes)
{
    session->pace_since = now;
    session->pace_bytes = bytes;
}

/* As wait_for, and -1 with ETIMEDOUT where over all of `patience_s` it was slower than `min_rate`;
 * bytes: how many have gone by now. At least one byte is wanted in any case. */
static int wait_at_pace(struct session *session, short events, uint64_t bytes)
{
    const struct session_limits *limits = &session->service->limits;
    int64_t patience = (int64_t)limits->patience_s * 1000 * MS, now = clock_now();
    uint64_t wanted = limits->min_rate * limits->patience_s;

    if (session->pace_since == 0)
        pace_measure(session, now, bytes);
    if (now - session->pace_since >= patience) {
        if (bytes - session->pace_bytes < (wanted > 0 ? wanted : 1)) {
            errno = ETIMEDOUT;
            return -1;
        }
        pace_measure(session, now, bytes);
    }
    if (wait_for(session, events, (session->pace_since + patience - now) / MS + 1) != 0 &&
        errno != ETIMEDOUT)
        return -1;
    return 0;
}

/* What the system holds for the client is not taken yet. left: counted, but not yet written. */
static uint64_t bytes_taken(const struct session *session, size_t left)
{
    return session->me.bytes_out - left - platform_unsent(session->fd);
}

static int wait_to_write(void *context, short events, size_t left)
{
    struct session *session = context;

    return wait_at_pace(session, events, bytes_taken(session, left));
}

/* The session ends in the middle of what was being sent: nothing more can be said. */
static void break_off(struct session *session, enum left_why why)
{
    session_end(session, why);
    session->mute = true;
}

/* The client could not be written to, or read from. */
static void lose(struct session *session)
{
    if (errno == ETIMEDOUT)
        break_off(session, LEFT_STALLED);
    else if (errno == ECANCELED)
        break_off(session, session->parting);
    else
        break_off(session, LEFT_LOST);
}

/* ---- replies */

static void publish(struct session *session)
{
    if (session->present && !session->ended)
        slot_update(&session->courier.mine, &session->me);
}

static void ring_others(struct session *session)
{
    if (session->owes_ring)
        session->owes_ring = !courier_ring(&session->courier, false);
}

/* The table is brought up to date first: who has read a reply finds it true. */
static void send_replies(struct session *session)
{
    size_t size = session->used;

    ring_others(session);
    session->used = 0;
    if (size == 0 || session->mute)
        return;
    session->me.bytes_out += size;
    publish(session);
    if (line_write(session->fd, session->replies, size, wait_to_write, session) != 0)
        lose(session);
}

static void flush_replies(struct session *session)
{
    if (session->used > 0)
        pace_begin(session);
    send_replies(session);
}

/* A line that begins with a code and a mark, or (code 0) with the mark alone. */
static void put_line(struct session *session, int code, char mark, const char *format, va_list text)
{
    size_t room = PROTOCOL_REPLY_MAX + 1; /* the LF, where print_format puts its NUL */
    char *to;
    size_t length = 0;

    if (sizeof session->replies - session->used < room)
        flush_replies(session);
    to = session->replies + session->used;
    for (int tens = 100; code > 0 && tens > 0; tens /= 10)
        to[length++] = (char)('0' + code / tens % 10);
    to[length++] = mark;
    length += print_format(to + length, room - length, format, text);
    to[length] = '\n';
    session->used += length + 1;
}

void session_reply(struct session *session, enum reply_code code, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, (int)code, ' ', format, text);
    va_end(text);
}

void session_open(struct session *session, enum reply_code code, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, (int)code, '-', format, text);
    va_end(text);
}

void session_item(struct session *session, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, 0, ' ', format, text);
    va_end(text);
}

void session_close(struct session *session, enum reply_code code)
{
    session_reply(session, code, "End");
}

/* ---- files, and other long work */

void session_doing(struct session *session, const char *word, const char *name, uint64_t total)
{
    char *doing = session->me.doing;
    size_t size = sizeof session->me.doing;
    size_t used = (size_t)snprintf(doing, size, "%s ", word);

    text_show(doing + used, size - used, name, strlen(name));
    session->me.done = 0;
    session->me.total = total;
    publish(session);
}

void session_done(struct session *session, uint64_t more)
{
    session->me.done += more;
    publish(session);
}

void session_idle(struct session *session)
{
    session->me.doing[0] = '\0';
    session->me.done = session->me.total = 0;
    publish(session);
}

static void send_chunk(struct session *session, int file, off_t *offset, size_t size)
{
    ssize_t sent = platform_send_file(session->fd, file, offset, size);

    if (sent > 0) {
        session->me.bytes_out += (uint64_t)sent;
        session_done(session, (uint64_t)sent);
    } else if (sent == 0) {
        break_off(session, LEFT_CHANGED);
    } else if (errno == EAGAIN) {
        if (wait_to_write(session, POLLOUT, 0) != 0)
            lose(session);
    } else if (errno == EPIPE || errno == ECONNRESET || errno == ETIMEDOUT) {
        break_off(session, LEFT_LOST);
    } else if (errno != EINTR) {
        log_error("%s: cannot read the file: %s", session->me.name, strerror(errno));
        break_off(session, LEFT_CHANGED);
    }
}

/* All of it, or the session has ended. */
static void send_bytes(struct session *session, int file, off_t *offset, uint64_t end)
{
    while (!session->ended && (uint64_t)*offset < end) {
        uint64_t left = end - (uint64_t)*offset;

        send_chunk(session, file, offset,
                   left < LIMIT_SEND_CHUNK ? (size_t)left : LIMIT_SEND_CHUNK);
        if (!session_may_go_on(session, 0) && (uint64_t)*offset < end &&
            clock_now() >= session->goodbye_until)
            break_off(session, session->parting); /* in the middle of bytes no line can say so */
    }
}

/* A piece is as long as the client takes in LIMIT_PIECE_MS: nobody waits longer for what may be
 * said after it. */
static void fit_piece(struct session *session, int64_t took)
{
    if (took > LIMIT_PIECE_MS * MS && session->piece > LIMIT_PIECE_LEAST)
        session->piece /= 2;
    else if (took < LIMIT_PIECE_MS * MS / 4 && session->piece < LIMIT_PIECE_MOST)
        session->piece *= 2;
}

static void send_pieces(struct session *session, int file, off_t *offset, uint64_t size)
{
    while (!session->ended && (uint64_t)*offset < size) {
        uint64_t left = size - (uint64_t)*offset;
        size_t count = left < session->piece ? (size_t)left : session->piece;
        int64_t began = clock_now();

        if (!session_may_go_on(session, 0)) {
            session_end(session, session->parting);
            return;
        }
        session_reply(session, REPLY_PIECE, "%zu", count);
        send_replies(session); /* the pace is that of all pieces together */
        send_bytes(session, file, offset, (uint64_t)*offset + count);
        fit_piece(session, clock_now() - began);
    }
}

void session_send_file(struct session *session, int file, uint64_t from, uint64_t size)
{
    off_t offset = (off_t)from;

    be_watchful(session);
    flush_replies(session);
    pace_begin(session);
    if (session->piece > 0)
        send_pieces(session, file, &offset, size);
    else
        send_bytes(session, file, &offset, size);
}

/* Bytes of a file from the client; 0: none yet, or the session has ended. */
static size_t receive_piece(struct session *session, char *piece, size_t size)
{
    ssize_t got;

    if (wait_at_pace(session, POLLIN, session->me.bytes_in) != 0) {
        session_end(session, errno == ETIMEDOUT   ? LEFT_UNSENT
                             : errno == ECANCELED ? session->parting
                                                  : LEFT_LOST);
        return 0;
    }
    got = read(session->fd, piece, size);
    if (got == 0)
        session_end(session, LEFT_CLOSED);
    else if (got < 0 && errno != EAGAIN && errno != EINTR)
        session_end(session, LEFT_LOST);
    if (got <= 0)
        return 0;
    session->me.bytes_in += (uint64_t)got;
    session->me.active_ns = clock_now();
    return (size_t)got;
}

bool session_receive_file(struct session *session, uint64_t length, session_take *take,
                          void *context)
{
    static char piece[LIMIT_PIECE];

    flush_replies(session);
    pace_begin(session);
    while (!session->ended && length > 0) {
        size_t most = length < sizeof piece ? (size_t)length : sizeof piece;
        size_t got = line_take(&session->reader, piece, most);

        if (got == 0)
            got = receive_piece(session, piece, most);
        if (got > 0)
            take(context, piece, got);
        length -= got;
        session_done(session, got);
    }
    return !session->ended;
}

bool session_note(struct session *session, struct transfer *transfer, const char *name)
{
    transfer->serial = session->me.serial;
    transfer->peer = session->me.peer;
    transfer->when = (int64_t)time(NULL);
    memcpy(transfer->client, session->me.name, sizeof transfer->client);
    (void)snprintf(transfer->file, sizeof transfer->file, "%s", name);
    if (history_note(&session->courier.mine, transfer) == 0)
        return true;
    log_error("%s: %s cannot be written down: %s", session->me.name, name, strerror(errno));
    session_reply(session, REPLY_BUSY, "That cannot be written down now, try again later.");
    return false;
}

/* ---- the client's life */

static void log_connected(const struct session *session, const struct admitted *admitted)
{
    log_info(admitted->peer.family == 6 ? "%s connected at %s from [%s]:%u"
                                        : "%s connected at %s from %s:%u",
             session->me.name, admitted->when, admitted->from, (unsigned)admitted->peer.port);
}

static void log_disconnected(const struct session *session)
{
    char when[CLOCK_LOCAL_SIZE];

    clock_local(when, time(NULL));
    log_info("%s disconnected at %s: %s", session->me.name, when, left_text(session->why));
}

/* Closing over unread bytes resets the connection, and the client may lose our last line. */
static void close_politely(struct session *session)
{
    int64_t until = clock_now() + LIMIT_GOODBYE_MS * MS;
    char sink[4096];

    be_watchful(session);
    (void)shutdown(session->fd, SHUT_WR);
    while (recv(session->fd, sink, sizeof sink, 0) > 0) {
        int64_t left = (until - clock_now()) / MS;
        struct pollfd client = {.fd = session->fd, .events = POLLIN};

        if (left <= 0 || poll(&client, 1, (int)left) <= 0)
            break;
    }
}

/* Who asks faster than it may is not read from until the rate is kept again: TCP makes it wait. */
static void slow_down(struct session *session, uint64_t bytes)
{
    uint64_t rate = session->service->limits.request_rate;
    int64_t now = session->me.active_ns, ahead; /* when it came */

    if (rate == 0)
        return;
    if (session->due < now)
        session->due = now;
    session->due += (int64_t)((double)bytes * 1e9 / (double)rate);
    ahead = session->due - now - LIMIT_BURST_S * 1000 * MS;
    if (ahead < MS)
        return;
    flush_replies(session);
    table_count_slowed(session->table);
    (void)snprintf(session->me.doing, sizeof session->me.doing, "slowed down");
    publish(session);
    (void)session_may_go_on(session, (int)(ahead / MS));
    session->me.active_ns = clock_now();
    session_idle(session);
}

static void request(struct session *session, char *line, size_t length)
{
    session->line_since = session->idle_since = 0;
    session->me.requests++;
    slow_down(session, LIMIT_REQUEST_COST);
    if (text_is_clean(line, length))
        verbs_answer(session, line);
    else
        session_reply(session, REPLY_BAD_ARGUMENT,
                      "Expected a line of UTF-8 without control characters.");
}

/* ns left for the client to say something; -1: any time. */
static int64_t time_to_ask(struct session *session)
{
    const struct session_limits *limits = &session->service->limits;
    int64_t since, seconds = (int64_t)limits->idle_s, left;

    if (session->idle_since == 0)
        session->idle_since = clock_now();
    since = session->idle_since;
    if (session->present && !line_begun(&session->reader)) { /* else the key's line is wanted */
        session->line_since = 0;
    } else if (limits->line_s > 0) {
        if (session->line_since == 0)
            session->line_since = clock_now();
        since = session->line_since;
        seconds = (int64_t)limits->line_s;
    }
    if (seconds == 0)
        return -1;
    left = since + seconds * 1000 * MS - clock_now();
    return left > 0 ? left : 0;
}

static bool has_input(const struct session *session)
{
    struct pollfd client = {.fd = session->fd, .events = POLLIN};

    return poll(&client, 1, 0) != 0;
}

/* A line from the room, as the protocol has it. */
static void put_room_line(struct session *session, const struct message *line, bool earlier)
{
    static const enum reply_code codes[MESSAGE_KINDS] = {
        [MESSAGE_SAID] = ROOM_LINE_SAID,       [MESSAGE_TOLD] = ROOM_LINE_TOLD,
        [MESSAGE_CAME] = ROOM_LINE_CAME,       [MESSAGE_WENT] = ROOM_LINE_WENT,
        [MESSAGE_RENAMED] = ROOM_LINE_RENAMED, [MESSAGE_RAISED] = ROOM_LINE_RAISED,
        [MESSAGE_LOWERED] = ROOM_LINE_LOWERED, [MESSAGE_ANNOUNCED] = ROOM_LINE_ANNOUNCED,
    };
    char when[CLOCK_UTC_SIZE];

    if (earlier) {
        clock_utc(when, (time_t)line->head.when);
        session_reply(session, ROOM_LINE_EARLIER, "%s %s %s", when,
                      line->head.kind == MESSAGE_ANNOUNCED ? "*" : line->head.name, line->text);
    } else if (line->head.kind == MESSAGE_ANNOUNCED) {
        session_reply(session, ROOM_LINE_ANNOUNCED, "%s", line->text);
    } else {
        session_reply(session, codes[line->head.kind], "%s%s%s", line->head.name,
                      line->head.length > 0 ? " " : "", line->text);
    }
}

/* As much of it as there was when it began, and only until the client asks for something: else who
 * reads slowly could not leave a busy room, where there is always one more line. */
static bool goes_on(struct session *session)
{
    if (sizeof session->replies - session->used > PROTOCOL_REPLY_MAX)
        return true;
    flush_replies(session);
    courier_taken(&session->courier);
    return !session->ended && session->goodbye_until == 0 && !has_input(session);
}

/* What was said meanwhile: where all replies have gone, and nothing more is asked. */
static void deliver(struct session *session)
{
    static struct message line;
    uint64_t lost;
    bool earlier, more;

    courier_listen(&session->courier);
    do {
        more = courier_take(&session->courier, &line, &lost, &earlier);
        if (lost > 0)
            session_reply(session, ROOM_LINE_LOST, "%" PRIu64, lost);
        if (more)
            put_room_line(session, &line, earlier);
    } while (more && goes_on(session));
    flush_replies(session);
    courier_taken(&session->courier);
}

/* Whether nothing but the client, or a signal, can end the wait for it. */
static bool has_only_client(const struct session *session)
{
    return !session->watchful && !session->called && session->present && !session->owes_ring &&
           session->courier.bell < 0 && session->service->limits.idle_s == 0 &&
           !line_begun(&session->reader);
}

/* Waits for the client, the bell and the parent. False: there is nothing to read now. */
static bool watch(struct session *session)
{
    int64_t left = time_to_ask(session), until = left;
    int waited;

    if (session->owes_ring && (left < 0 || left > LIMIT_RING_MS * MS))
        until = LIMIT_RING_MS * MS;
    session->listening = session->courier.bell >= 0;
    waited = wait_for(session, POLLIN, until < 0 ? -1 : until / MS + 1);
    session->listening = false;
    if (waited != 0 && errno == ETIMEDOUT && until != left)
        return false;
    if (waited != 0 || left == 0) {
        if (left == 0 || errno == ETIMEDOUT)
            session_end(session, session->line_since != 0 ? LEFT_UNENDED : LEFT_IDLE);
        else
            lose(session);
        return false;
    }
    if (session->goodbye_until != 0)
        return false;
    if (session->rung) {
        courier_hush(&session->courier);
        deliver(session);
        return false;
    }
    return true;
}

/* Waits for more. A line without its LF when the client closes is no request: it was torn off. */
static void receive(struct session *session)
{
    ssize_t got;

    if (!has_only_client(session) && !watch(session))
        return;
    got = line_fill(&session->reader);
    session->me.active_ns = clock_now();
    if (got > 0) {
        session->me.bytes_in += (uint64_t)got;
        slow_down(session, (uint64_t)got);
    } else if (got == 0) {
        session_end(session, LEFT_CLOSED);
    } else if (errno != EAGAIN) {
        session_end(session, LEFT_LOST);
    }
}

static void serve(struct session *session)
{
    while (!session->ended) {
        char *line;
        size_t length;

        if (session->goodbye_until != 0) {
            session_end(session, session->parting);
            break;
        }
        switch (line_next(&session->reader, &line, &length)) {
        case LINE_READY:
            request(session, line, length);
            break;
        case LINE_TOO_LONG:
            session->line_since = session->idle_since = 0;
            session->me.requests++;
            session_reply(session, REPLY_TOO_LONG, "Line too long: at most %d bytes.",
                          PROTOCOL_REQUEST_MAX);
            break;
        case LINE_NONE:
            flush_replies(session);
            if (!session->ended && courier_pending(&session->courier) && !has_input(session))
                deliver(session);
            if (!session->ended)
                receive(session);
            break;
        }
    }
}

static void begin(struct session *session, struct table *table, const struct admitted *admitted,
                  const struct service *service)
{
    session->used = 0; /* written before it is read: one page fault instead of two */
    session->table = table;
    session->service = service;
    session->fd = admitted->fd;
    session->lifeline = admitted->lifeline;
    session->slot = session->kicked_at = admitted->slot;
    courier_init(&session->courier, table, admitted->slot, admitted->serial);
    session->me.serial = admitted->serial;
    session->me.peer = admitted->peer;
    session->me.connected = admitted->connected;
    session->me.connected_ns = session->me.active_ns = admitted->connected_ns;
    protocol_client_name(session->me.name, admitted->slot + 1);
    line_reader_init(&session->reader, session->fd, PROTOCOL_REQUEST_MAX);
    if (!platform_follow_parent(SIGUSR1, table->made.pid))
        be_watchful(session);
}

/* Whether the client knows the room's key, where there is one. */
static bool proves_key(struct session *session, const struct admitted *admitted)
{
    static const char said[] = "key:";
    char challenge[KEY_HEX_SIZE], answer[KEY_HEX_SIZE], *line = NULL;
    size_t length;

    if (session->service->key->length == 0)
        return true;
    if (key_challenge(challenge) != 0) {
        log_error("%s cannot be asked for the key: %s", session->me.name, strerror(errno));
        session_end(session, LEFT_CLOSED);
        session_reply(session, REPLY_CLOSING, "The key cannot be asked for now, try again later.");
        return false;
    }
    session_reply(session, REPLY_KEY_WANTED, "sha256 %s", challenge);
    flush_replies(session);
    while (!session->ended && session->goodbye_until == 0 &&
           line_next(&session->reader, &line, &length) == LINE_NONE)
        receive(session);
    if (session->goodbye_until != 0)
        session_end(session, session->parting);
    if (session->ended)
        return false;
    key_answer(session->service->key, challenge, answer);
    if (line != NULL && strncmp(line, said, strlen(said)) == 0 &&
        key_same(answer, line + strlen(said)))
        return true;
    table_count_refused(session->table, REFUSED_KEY);
    log_warning("Wrong key from %s port %u", admitted->from, (unsigned)admitted->peer.port);
    (void)session_may_go_on(session, LIMIT_WRONG_KEY_MS);
    session_end(session, LEFT_CLOSED);
    session_reply(session, REPLY_WRONG_KEY, "Wrong key.");
    return false;
}

static void say_why_sent_away(struct session *session)
{
    char reason[TABLE_REASON];

    slot_reason(session->table, session->kicked_at, reason);
    session_reply(session, REPLY_CLOSING, "%s",
                  text_is_clean(reason, strlen(reason)) ? reason : "You were sent away.");
}

/* What is said to a client that leaves, by why it does. Others hear nothing, or cannot. */
static void say_goodbye(struct session *session)
{
    const struct session_limits *limits = &session->service->limits;

    if (session->goodbye_until == 0)
        session->goodbye_until = clock_now() + LIMIT_GOODBYE_MS * MS;
    if (session->why == LEFT_EXIT)
        session_reply(session, REPLY_BYE, "Bye.");
    else if (session->why == LEFT_SHUTDOWN)
        session_reply(session, REPLY_CLOSING, PROTOCOL_SHUTTING_DOWN);
    else if (session->why == LEFT_KICKED)
        say_why_sent_away(session);
    else if (session->why == LEFT_IDLE)
        session_reply(session, REPLY_CLOSING, PROTOCOL_IDLE " %lu seconds.", limits->idle_s);
    else if (session->why == LEFT_UNENDED)
        session_reply(session, REPLY_CLOSING, "A line must end within %lu seconds.",
                      limits->line_s);
    else if (session->why == LEFT_UNSENT)
        session_reply(session, REPLY_CLOSING,
                      PROTOCOL_SLOW " expected %" PRIu64 " bytes a second, over %lu seconds.",
                      limits->min_rate, limits->patience_s);
    flush_replies(session);
}

int session_run(struct session *session, struct table *table, const struct admitted *admitted,
                const struct service *service)
{
    begin(session, table, admitted, service);
    if (!proves_key(session, admitted)) {
        say_goodbye(session);
        close_politely(session);
        return 0;
    }
    if (slot_enter(&session->courier.mine, &session->me) != 0) {
        log_error("%s cannot be recorded and is not served: %s", session->me.name, strerror(errno));
        session_end(session, LEFT_CLOSED);
        session_reply(session, REPLY_CLOSING, "You cannot be recorded now, try again later.");
        flush_replies(session);
        close_politely(session);
        return 0;
    }
    session->present = session->owes_ring = true;
    log_connected(session, admitted);
    session_reply(session, REPLY_GREETING, "Enter %s", session->me.name);
    flush_replies(session);
    serve(session);

    /* out of the table before the client reads that it has left */
    session->me.bytes_out += session->used;
    courier_leave(&session->courier);
    if (slot_leave(&session->courier.mine, &session->me, session->why) != 0)
        log_error("%s cannot be taken out of the table: %s", session->me.name, strerror(errno));
    session->owes_ring = true;
    log_disconnected(session);
    say_goodbye(session);
    if (session->why != LEFT_CLOSED) /* else there is nobody to be polite to */
        close_politely(session);
    return session->owes_ring ? SESSION_OWES_RING : 0;
}
