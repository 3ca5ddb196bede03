#define _POSIX_C_SOURCE 200809L

#include "server/handler/hello.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "server/events.h"
#include "server/handler/conn.h"
#include "server/handler/reply.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/text.h"
#include "shm/table/slot.h"
#include "shm/table/types.h"

void hello_challenge(struct session *session)
{
    session->phase = GREETING;
    if (key_challenge(session->challenge) != 0) {
        event_no_challenge(session->me.name, errno);
        reply_line(session, REPLY_CLOSING, "The key cannot be asked for now, try again later.");
        state_part(session, LEFT_CLOSED);
        return;
    }
    reply_line(session, REPLY_KEY_WANTED, "sha256 %s", session->challenge);
    reply_flush(session);
}

bool hello_proves_key(struct session *session, const char *answer, const struct admitted *admitted)
{
    static const char word[] = "key:";
    char expected[KEY_HEX_SIZE];

    key_answer(session->service->key, session->challenge, expected);
    if (answer != NULL && strncmp(answer, word, strlen(word)) == 0 &&
        key_same(expected, answer + strlen(word)))
        return true;
    table_count_refused(session->slot.table, REFUSED_KEY);
    event_wrong_key(admitted);
    (void)wait_or_part(session, LIMIT_WRONG_KEY_MS);
    reply_line(session, REPLY_WRONG_KEY, "%s", refused_reason(REFUSED_KEY)->told);
    state_part(session, LEFT_CLOSED);
    return false;
}

void hello_welcome(struct session *session)
{
    reply_line(session, REPLY_GREETING, "Enter %s", session->me.name);
    reply_flush(session);
}

/* The fixed words before the reason mark a kick for the client, whatever the reason is. */
static void say_kicked(struct session *session)
{
    char reason[TABLE_REASON];

    slot_reason(session->slot.table, session->kicked_at, reason);
    if (!text_is_clean(reason, strlen(reason)))
        reason[0] = '\0';
    if (strcmp(reason, REASON_BACK) == 0)
        reply_line(session, REPLY_CLOSING, REASON_BACK);
    else if (reason[0] != '\0')
        reply_line(session, REPLY_CLOSING, "You were sent away: %s", reason);
    else
        reply_line(session, REPLY_CLOSING, "%s", left_reason(LEFT_KICKED)->told);
}

void hello_goodbye(struct session *session)
{
    const struct session_limits *limits = &session->service->limits;

    if (session->why == LEFT_EXIT)
        reply_line(session, REPLY_BYE, "%s", left_reason(LEFT_EXIT)->told);
    else if (session->why == LEFT_SHUTDOWN)
        reply_line(session, REPLY_CLOSING, PROTOCOL_SHUTTING_DOWN);
    else if (session->why == LEFT_KICKED)
        say_kicked(session);
    else if (session->why == LEFT_IDLE)
        reply_line(session, REPLY_CLOSING, PROTOCOL_IDLE " %lu second%s.", limits->idle_s,
                   text_s(limits->idle_s));
    else if (session->why == LEFT_LINE_TIMEOUT)
        reply_line(session, REPLY_CLOSING, "A line must end within %lu second%s.", limits->line_s,
                   text_s(limits->line_s));
    else if (session->why == LEFT_SENDS_NOTHING)
        reply_line(session, REPLY_CLOSING,
                   PROTOCOL_SLOW " expected %" PRIu64 " byte%s a second, over %lu second%s.",
                   limits->min_rate, text_s(limits->min_rate), limits->patience_s,
                   text_s(limits->patience_s));
    reply_flush(session);
    if (session->why == LEFT_PROTOCOL && session->knock == KNOCK_HTTP)
        conn_write(session, knock_http_answer, strlen(knock_http_answer));
}
