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

void refusal_count(struct refusal *refusal, struct table *table, enum refused_why why)
{
    registry_count_refused(table, why);
    refusal->unlogged_why[why]++;
    refusal->unlogged++;
}

/* Its socket is the caller's. */
static void forget(struct refusal *refusal, int i)
{
    refusal->count--;
    memmove(&refusal->held[i], &refusal->held[i + 1],
            (size_t)(refusal->count - i) * sizeof refusal->held[0]);
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

/* Who may ask for a place is counted only now, when there is no time left to do so. */
static void end(struct refusal *refusal, struct table *table, const struct refusal_held *held)
{
    if (held->may_ask)
        refusal_count(refusal, table, REFUSED_FULL);
    close(held->fd);
}

static void end_oldest(struct refusal *refusal, struct table *table)
{
    end(refusal, table, &refusal->held[0]);
    forget(refusal, 0);
}

static void hold(struct refusal *refusal, struct table *table, const struct refusal_held *held)
{
    if (held->fd >= FD_SETSIZE) {
        end(refusal, table, held);
        return;
    }
    if (refusal->count == LIMIT_REFUSED_HELD)
        end_oldest(refusal, table);
    refusal->held[refusal->count++] = *held;
}

static void send_now(int fd, const char *bytes, size_t length)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)send(fd, bytes, length, MSG_NOSIGNAL);
}

/* The buffer of a new socket is empty, so either all bytes fit or the connection is gone. */
static void send_last(struct refusal *refusal, struct table *table, int fd, const char *bytes,
                      size_t length)
{
    send_now(fd, bytes, length);
    (void)shutdown(fd, SHUT_WR);
    if (drained(fd))
        close(fd);
    else
        hold(refusal, table,
             &(struct refusal_held){.fd = fd, .until = clock_now() + LIMIT_REFUSED_MS * CLOCK_MS});
}

enum refusal_form refusal_form_of(uint32_t via)
{
    return via & VIA_WEB ? REFUSAL_FRAME : REFUSAL_LINE;
}

static void write_full(const struct refusal *refusal, char full[64])
{
    (void)snprintf(full, 64, PROTOCOL_FULL " %" PRIu32 " of %" PRIu32 ".", refusal->slots,
                   refusal->slots);
}

void refusal_send(struct refusal *refusal, struct table *table, int fd, enum refusal_form form,
                  enum refused_why why)
{
    char full[64], bytes[640];

    write_full(refusal, full);
    send_last(refusal, table, fd, bytes,
              write_form(bytes, sizeof bytes, form, why,
                         why == REFUSED_FULL ? full : refused_reason(why)->told));
    refusal_count(refusal, table, why);
}

void refusal_send_full(struct refusal *refusal, struct table *table, int fd,
                       const struct peer *peer, uint32_t via)
{
    char full[64], line[80];

    write_full(refusal, full);
    send_now(fd, line, write_line(line, sizeof line, full));
    hold(refusal, table,
         &(struct refusal_held){.fd = fd,
                                .may_ask = true,
                                .until = clock_now() + LIMIT_ASK_MS * CLOCK_MS,
                                .via = via,
                                .peer = *peer});
}

void refusal_say_full(struct refusal *refusal, struct table *table, int fd, enum refusal_form form,
                      const char *text)
{
    char bytes[128];

    send_last(refusal, table, fd, bytes, write_form(bytes, sizeof bytes, form, REFUSED_FULL, text));
    refusal_count(refusal, table, REFUSED_FULL);
}

static void log_all(struct refusal *refusal, struct recorder *recorder, struct table *table)
{
    for (enum refused_why why = 0; why < REFUSED_REASONS; why++) {
        if (refusal->unlogged_why[why] > 0) {
            event_refused(why, refusal->unlogged_why[why]);
            recorder_refused(recorder, table, why, refusal->unlogged_why[why]);
        }
        refusal->unlogged_why[why] = 0;
    }
    refusal->unlogged = 0;
}

void refusal_log(struct refusal *refusal, struct recorder *recorder, struct table *table,
                 int64_t now)
{
    if (refusal->unlogged == 0 || now - refusal->logged < CLOCK_S)
        return;
    log_all(refusal, recorder, table);
    refusal->logged = now;
}

/* ---- the moment after it */

enum held_state { HELD_STAYS, HELD_ENDS, HELD_ASKS, HELD_SAYS_ELSE };

static const char question[] = PROTOCOL_WAIT; /* then a LF, or a CR and a LF */
#define QUESTION_LENGTH (sizeof question - 1)

static enum held_state take_byte(struct refusal_held *held, char byte)
{
    if (held->asked >= QUESTION_LENGTH && byte == '\n')
        return HELD_ASKS;
    if (held->asked <= QUESTION_LENGTH &&
        byte == (held->asked < QUESTION_LENGTH ? question[held->asked] : '\r')) {
        held->asked++;
        return HELD_STAYS;
    }
    return HELD_SAYS_ELSE;
}

/* Reads the question, and not a byte of what the client sends behind it. */
static enum held_state hear_question(struct refusal_held *held)
{
    enum held_state state = HELD_STAYS;

    while (state == HELD_STAYS) {
        char got[sizeof question];
        size_t most = held->asked <= QUESTION_LENGTH ? sizeof question - held->asked : 1;
        ssize_t count = recv(held->fd, got, most, 0);

        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (count <= 0)
            return HELD_ENDS;
        for (ssize_t i = 0; i < count && state == HELD_STAYS; i++)
            state = take_byte(held, got[i]);
    }
    return state;
}

/* From then on it is refused like any other. */
static void ask_no_more(struct refusal *refusal, struct table *table, struct refusal_held *held,
                        int64_t now)
{
    refusal_count(refusal, table, REFUSED_FULL);
    held->may_ask = false;
    held->until = now + (LIMIT_REFUSED_MS - LIMIT_ASK_MS) * CLOCK_MS;
    (void)shutdown(held->fd, SHUT_WR);
}

static enum held_state look(struct refusal *refusal, struct table *table, struct refusal_held *held,
                            bool readable, int64_t now)
{
    if (held->may_ask) {
        enum held_state state = readable ? hear_question(held) : HELD_STAYS;

        if (state != HELD_SAYS_ELSE && (state != HELD_STAYS || now < held->until))
            return state;
        ask_no_more(refusal, table, held, now);
    }
    return now >= held->until || (readable && drained(held->fd)) ? HELD_ENDS : HELD_STAYS;
}

void refusal_prepare(const struct refusal *refusal, fd_set *read, int *highest, int64_t *until)
{
    for (int i = 0; i < refusal->count; i++) {
        descriptors_add(refusal->held[i].fd, read, highest);
        if (refusal->held[i].until < *until)
            *until = refusal->held[i].until;
    }
    if (refusal->unlogged > 0 && refusal->logged + CLOCK_S < *until)
        *until = refusal->logged + CLOCK_S;
}

/* Who came first asks first. A connection that is refused meanwhile is added behind. */
void refusal_run(struct refusal *refusal, struct table *table, const fd_set *read,
                 refusal_asks *asks, void *context)
{
    int64_t now = refusal->count > 0 ? clock_now() : 0;

    for (int i = 0; i < refusal->count;) {
        const bool readable = descriptors_have(read, refusal->held[i].fd);
        enum held_state state = look(refusal, table, &refusal->held[i], readable, now);
        const struct refusal_held held = refusal->held[i];

        if (state == HELD_STAYS) {
            i++;
            continue;
        }
        forget(refusal, i);
        if (state == HELD_ASKS)
            asks(context, held.fd, &held.peer, held.via);
        else
            end(refusal, table, &held);
    }
}

int refusal_highest(const struct refusal *refusal)
{
    int highest = -1;

    for (int i = 0; i < refusal->count; i++)
        highest = descriptors_higher(highest, refusal->held[i].fd);
    return highest;
}

void refusal_close(struct refusal *refusal, struct table *table)
{
    while (refusal->count > 0)
        end_oldest(refusal, table);
}

void refusal_settle(struct refusal *refusal, struct recorder *recorder, struct table *table,
                    int64_t now)
{
    for (int i = 0; i < refusal->count; i++)
        if (refusal->held[i].may_ask)
            ask_no_more(refusal, table, &refusal->held[i], now);
    log_all(refusal, recorder, table);
    refusal->logged = now;
}
