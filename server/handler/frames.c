#define _POSIX_C_SOURCE 200809L

#include "server/handler/frames.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/handler/output.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/web/websocket.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"

void frames_open(struct session *session)
{
    websocket_init(&session->frames.in, LIMIT_WEB_TEXT, LIMIT_PIECE_MOST);
    session->framed = true;
}

/* ---- from the client */

ssize_t frames_fill(struct session *session)
{
    size_t size;
    unsigned char *to = websocket_room(&session->frames.in, &size);
    ssize_t got = read(session->fd, to, size); /* there is room: text is taken before this */

    if (got > 0)
        websocket_came(&session->frames.in, (size_t)got);
    return got;
}

static void send_frame(struct session *session, enum websocket_opcode opcode, const void *data,
                       size_t size)
{
    unsigned char frame[WEBSOCKET_HEAD_MAX + WEBSOCKET_CONTROL_MAX];
    size_t head = websocket_head(frame, opcode, size);

    memcpy(frame + head, data, size);
    output_write(session, frame, head + size);
}

static void end_with(struct session *session, enum left_why why, enum websocket_code code)
{
    session->frames.code = code;
    state_part(session, why);
}

/* The client closes: it is answered with its own code, and reads nothing more. */
static void answer_close(struct session *session, enum websocket_code code)
{
    session->frames.code = code == WEBSOCKET_NO_CODE ? WEBSOCKET_NORMAL : code;
    frames_close(session);
    state_part(session, LEFT_CLOSED);
}

static void add_text(struct session *session, const struct websocket_found *found)
{
    line_add(&session->reader, found->data, (size_t)found->length);
    session->frames.line_open = found->data[found->length - 1] != '\n';
}

/* Text, and what is no part of a message. Returns false for everything else, and at the end. */
static bool take_event(struct session *session, enum websocket_event event,
                       const struct websocket_found *found)
{
    switch (event) {
    case WEBSOCKET_TEXT:
        add_text(session, found);
        return true;
    case WEBSOCKET_TEXT_END:
        if (session->frames.line_open)
            line_add(&session->reader, "\n", 1);
        session->frames.line_open = false;
        return true;
    case WEBSOCKET_PING:
        send_frame(session, OPCODE_PONG, found->data, (size_t)found->length);
        return session->phase < PARTING;
    case WEBSOCKET_PONG: /* nobody need have done anything */
        return true;
    case WEBSOCKET_CLOSE:
        answer_close(session, found->code);
        return false;
    case WEBSOCKET_WRONG:
        end_with(session, LEFT_PROTOCOL, found->code);
        return false;
    default:
        return false;
    }
}

/* Whether the request for binary bytes was added; if not, there is no room for it yet. */
static bool announce(struct session *session)
{
    char line[40];
    int length = snprintf(line, sizeof line, "piece:%llu\n",
                          (unsigned long long)websocket_binary(&session->frames.in));

    if (line_room(&session->reader) < (size_t)length)
        return false;
    line_add(&session->reader, line, (size_t)length);
    session->frames.announced = true;
    return true;
}

/* One byte stays free for the LF that ends a message. */
bool frames_decode(struct session *session)
{
    struct frames *frames = &session->frames;
    struct websocket_found found;
    enum websocket_event event;
    size_t before = line_room(&session->reader);

    while (session->phase < PARTING) {
        size_t room = line_room(&session->reader);

        if (websocket_binary(&frames->in) > 0) {
            if (!frames->announced)
                (void)announce(session);
            break;
        }
        frames->announced = false;
        if (room < 2)
            break;
        event = websocket_next(&frames->in, room - 1, &found);
        if (event != WEBSOCKET_BINARY && !take_event(session, event, &found))
            break;
    }
    return session->phase >= PARTING || line_room(&session->reader) != before;
}

size_t frames_peek(const struct session *session, char *to, size_t size)
{
    static struct websocket ahead;
    struct websocket_found found;
    size_t used = 0, space;
    unsigned char *room;
    ssize_t got;

    ahead = session->frames.in;
    room = websocket_room(&ahead, &space);
    got = recv(session->fd, room, space, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0)
        websocket_came(&ahead, (size_t)got);
    while (used < size && websocket_binary(&ahead) == 0) {
        enum websocket_event event = websocket_next(&ahead, size - used, &found);

        if (event == WEBSOCKET_TEXT) {
            memcpy(to + used, found.data, (size_t)found.length);
            used += (size_t)found.length;
        } else if (event == WEBSOCKET_TEXT_END) {
            to[used++] = '\n';
        } else if (event != WEBSOCKET_PING && event != WEBSOCKET_PONG) {
            break;
        }
    }
    return used;
}

/* Bytes of a file come in messages of any size; a request among them could not be answered. */
ssize_t frames_take(struct session *session, void *to, size_t size)
{
    struct frames *frames = &session->frames;
    struct websocket_found found;
    enum websocket_event event = WEBSOCKET_BINARY;

    while (websocket_binary(&frames->in) == 0) {
        frames->announced = false;
        event = websocket_next(&frames->in, 0, &found);
        if (event == WEBSOCKET_FULL || event == WEBSOCKET_TEXT_END)
            end_with(session, LEFT_PROTOCOL, WEBSOCKET_POLICY);
        else if (event == WEBSOCKET_NEEDS_MORE)
            return 0;
        else if (event != WEBSOCKET_BINARY)
            (void)take_event(session, event, &found);
        if (session->phase >= PARTING)
            return -1;
    }
    return (ssize_t)websocket_take(&frames->in, to, size);
}

size_t frames_direct(const struct session *session, size_t size)
{
    uint64_t left = websocket_binary(&session->frames.in);

    return left < size ? (size_t)left : size;
}

void frames_pass(struct session *session, void *bytes, size_t size)
{
    websocket_pass(&session->frames.in, bytes, size);
}

/* ---- to the client */

void frames_begin_bytes(struct session *session, uint64_t size)
{
    unsigned char head[WEBSOCKET_HEAD_MAX];

    if (size == 0)
        return;
    output_write(session, head, websocket_head(head, OPCODE_BINARY, size));
    session->frames.bytes_left = size;
}

void frames_sent(struct session *session, size_t size)
{
    session->frames.bytes_left -= size;
}

bool frames_is_in_bytes(const struct session *session)
{
    return session->frames.bytes_left > 0;
}

/* A browser ends the connection at text that is not UTF-8, which a damaged table could hold, or a
 * line that was cut. */
static void mend(char *text, size_t length)
{
    uint32_t character;

    for (size_t at = 0, size; at < length; at += size) {
        size = text_decode(text + at, length - at, &character);
        if (size == 0) {
            text[at] = '?';
            size = 1;
        }
    }
}

const void *frames_wrap(struct session *session, size_t *size)
{
    char *text = state_replies(session);
    unsigned char head[WEBSOCKET_HEAD_MAX];
    size_t length = websocket_head(head, OPCODE_TEXT, *size);

    mend(text, *size);
    memcpy(text - length, head, length);
    *size += length;
    return text - length;
}

static enum websocket_code code_of(const struct session *session)
{
    if (session->frames.code != 0)
        return session->frames.code;
    switch (session->why) {
    case LEFT_SHUTDOWN:
        return WEBSOCKET_GOING_AWAY;
    case LEFT_KICKED:
    case LEFT_IDLE:
    case LEFT_LINE_TIMEOUT:
    case LEFT_SENDS_NOTHING:
        return WEBSOCKET_POLICY;
    case LEFT_CLOSED: /* of our own accord: the key was wrong, or the table cannot be written */
        return session->service->key->length > 0 ? WEBSOCKET_POLICY : WEBSOCKET_TRY_LATER;
    default:
        return WEBSOCKET_NORMAL;
    }
}

void frames_close(struct session *session)
{
    unsigned char frame[WEBSOCKET_CLOSE_SIZE];

    if (session->frames.closed || frames_is_in_bytes(session))
        return;
    session->frames.closed = true;
    output_write(session, frame, websocket_close(frame, code_of(session)));
}

/* For what lies between, a proxy or a router that forgets who is silent. Whether the client is
 * still there is TCP's to find out. */
int64_t frames_keep_alive(struct session *session, int64_t until)
{
    const int64_t every = LIMIT_WEB_PING_MS * CLOCK_MS;
    int64_t since = session->came > session->frames.pinged ? session->came : session->frames.pinged;
    int64_t now = clock_now();

    if (now - since >= every) {
        send_frame(session, OPCODE_PING, "", 0);
        session->frames.pinged = since = now;
    }
    return until >= 0 && until < since + every - now ? until : since + every - now;
}
