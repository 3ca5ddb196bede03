#define _POSIX_C_SOURCE 200809L

#include "server/handler/reply.h"

#include <stdarg.h>
#include <string.h>

#include "server/handler/conn.h"
#include "server/handler/pace.h"
#include "server/wire/clock.h"
#include "server/wire/print.h"
#include "shm/table/talk.h"

bool reply_has_room(const struct session *session)
{
    return STATE_REPLIES - session->used > PROTOCOL_REPLY_MAX;
}

static void ring(const void *bell)
{
    bell_ring(bell);
}

static void wake(struct session *session, bool at_once)
{
    if (!session->ring_due)
        return;
    session->ring_later = 0;
    if (talk_is_heard(session->slot.table))
        session->ring_later =
            talk_wake(session->slot.table, clock_now(), at_once, ring, session->service->bell);
    session->ring_due = session->ring_later > 0;
}

static void send_all(struct session *session)
{
    size_t size = session->used;

    session->used = 0;
    if (size == 0 || session->phase == MUTE)
        return;
    session->me.bytes_out += size;
    state_publish(session);
    conn_write_replies(session, size);
}

void reply_send(struct session *session)
{
    wake(session, true);
    send_all(session);
}

static void flush(struct session *session, bool at_once)
{
    if (session->used > 0 && session->sending.file < 0 && session->incoming == NULL)
        pace_begin(session);
    wake(session, at_once);
    send_all(session);
}

void reply_flush(struct session *session)
{
    flush(session, true);
}

void reply_rest(struct session *session)
{
    flush(session, false);
}

static void put_code(char to[3], int code)
{
    to[0] = (char)('0' + code / 100);
    to[1] = (char)('0' + code / 10 % 10);
    to[2] = (char)('0' + code % 10);
}

/* Adds a line that begins with a code and a mark, or (code 0) only with the mark. */
static void put_line(struct session *session, int code, char mark, const char *format, va_list text)
{
    size_t room = PROTOCOL_REPLY_MAX + 1; /* the LF, where print_format puts its NUL */
    char *to;
    size_t length = code > 0 ? 3 : 0;

    if (!reply_has_room(session))
        reply_flush(session);
    to = state_replies(session) + session->used;
    if (code > 0)
        put_code(to, code);
    to[length++] = mark;
    length += print_format(to + length, room - length, format, text);
    to[length] = '\n';
    session->used += length + 1;
}

void reply_line(struct session *session, enum reply_code code, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, (int)code, ' ', format, text);
    va_end(text);
}

void reply_text(struct session *session, enum reply_code code, const char *text, size_t length)
{
    char *to;

    if (!reply_has_room(session))
        reply_flush(session);
    if (length > PROTOCOL_REPLY_MAX - 4)
        length = PROTOCOL_REPLY_MAX - 4;
    to = state_replies(session) + session->used;
    put_code(to, (int)code);
    to[3] = ' ';
    memcpy(to + 4, text, length);
    to[4 + length] = '\n';
    session->used += 4 + length + 1;
}

void reply_begin(struct session *session, enum reply_code code, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, (int)code, '-', format, text);
    va_end(text);
}

void reply_item(struct session *session, const char *format, ...)
{
    va_list text;

    va_start(text, format);
    put_line(session, 0, ' ', format, text);
    va_end(text);
}

void reply_end(struct session *session, enum reply_code code)
{
    reply_line(session, code, "End");
}
