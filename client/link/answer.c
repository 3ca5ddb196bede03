#define _POSIX_C_SOURCE 200809L

#include "client/link/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/files/download.h"
#include "client/files/put.h"
#include "client/link/secret.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

/* Prints what passes the sanitizer. */
static void print(void (*show)(const char *line), FILE *out, const char *prefix, const char *format,
                  va_list arguments)
{
    char said[PROTOCOL_REPLY_MAX + 512], shown[TEXT_SHOWN_SIZE(sizeof said)];

    (void)vsnprintf(said, sizeof said, format, arguments);
    text_show(shown, sizeof shown, said, strlen(said));
    if (show != NULL) {
        show(shown);
        return;
    }
    (void)fflush(stdout);
    fprintf(out, "%s%s\n", prefix, shown);
}

void request_say(const struct style *style, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (style->interactive)
        print(style->show, stdout, "", format, arguments);
    else
        print(NULL, stderr, "rollcall: ", format, arguments);
    va_end(arguments);
}

void request_tell(const struct style *style, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!style->quiet)
        print(style->show, style->interactive ? stdout : stderr, "", format, arguments);
    va_end(arguments);
}

static void show_line(const struct style *style, bool first, const char *text)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX)];

    text_show(shown, sizeof shown, text, strlen(text));
    if (style->show != NULL)
        style->show(shown);
    else
        printf("%s%s\n", style->interactive && first ? "Server says: " : "", shown);
}

void request_item(void *style, size_t number, const char *text)
{
    show_line(style, number == 0, text);
}

enum request_end request_lost(const struct remote *remote, const struct style *style,
                              enum remote_state state)
{
    if (state == REMOTE_CLOSED && style->interactive)
        request_say(style, "Connection closed by the server");
    else
        request_say(style, "%s", remote_state_text(remote, state));
    return REQUEST_LOST;
}

enum request_end request_show(const struct style *style, const struct answer *answer,
                              const char *about)
{
    if (answer->code == REPLY_CLOSING) {
        request_say(style, "%s", answer->text);
        return REQUEST_LOST;
    }
    if (answer->code == REPLY_BYE)
        return REQUEST_OVER;
    if (answer->code >= 400) {
        if (about != NULL && !style->interactive)
            request_say(style, "%s: %s", about, answer->text);
        else
            request_say(style, "%s", answer->text);
        return REQUEST_FAILED;
    }
    if (answer->items > 0)
        return REQUEST_DONE; /* they were shown as they came */
    if (answer->code == REPLY_MESSAGE || style->interactive)
        show_line(style, true, answer->text); /* an empty list in a filter is nothing */
    return REQUEST_DONE;
}

/* ---- requests */

enum request_end request_again(struct remote *remote, const struct style *style, unsigned tries)
{
    char error[512];
    unsigned seconds = tries < 4 ? 1U << (tries - 1) : 8;

    request_say(style, "trying again in %u s (%u of %u)", seconds, tries, style->retries);
    (void)poll(NULL, 0, (int)seconds * 1000);
    remote_close(remote);
    if (remote_reconnect(remote, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_LOST;
    }
    return request_greeting(remote, style);
}

/* Somebody who was at work with a file may have met a limit of time: its digest took long, or it
 * was stopped. */
static bool was_late(const struct remote *remote)
{
    return strncmp(remote->farewell, PROTOCOL_IDLE, strlen(PROTOCOL_IDLE)) == 0 ||
           strncmp(remote->farewell, PROTOCOL_SLOW, strlen(PROTOCOL_SLOW)) == 0;
}

bool request_may_return(const struct remote *remote)
{
    return !remote->sent_away || was_late(remote);
}

bool request_may_try(const struct remote *remote, const struct style *style, enum request_end end,
                     unsigned tries)
{
    return end == REQUEST_LOST && request_may_return(remote) && tries <= style->retries;
}

enum request_end request_pieces(struct remote *remote, const struct style *style)
{
    enum remote_state state = remote->asked_pieces ? REMOTE_READY : remote_pieces(remote);

    return state == REMOTE_READY ? REQUEST_DONE : request_lost(remote, style, state);
}

bool request_refuses(const struct style *style, const char *line)
{
    static const char pieces[] = "pieces:";

    if (strncmp(line, pieces, strlen(pieces)) != 0)
        return false;
    request_say(style, "not sent: rollcall makes the request 'pieces:' itself; to say that, begin "
                       "the line with 'msg:'");
    return true;
}

enum request_end request_make(struct remote *remote, const struct style *style, const char *line,
                              size_t length)
{
    static const char file[] = "file:", put[] = "put:";
    struct answer answer;
    enum remote_state state;

    if (length > PROTOCOL_REQUEST_MAX || !text_is_clean(line, length)) {
        request_say(style, "expected a line of UTF-8 text of at most %d bytes; not sent",
                    PROTOCOL_REQUEST_MAX);
        return REQUEST_FAILED;
    }
    if (request_refuses(style, line))
        return REQUEST_FAILED;
    remote->patience_ms = REMOTE_ANSWER_MS;
    if (strncmp(line, file, strlen(file)) == 0 && line[strlen(file)] != '\0')
        return fetch_file(remote, style, line + strlen(file));
    if (strncmp(line, put, strlen(put)) == 0 && line[strlen(put)] != '\0')
        return put_file(remote, style, line + strlen(put), NULL);
    state = remote_send(remote, line, length);
    if (state == REMOTE_READY)
        state = remote_answer(remote, &answer, request_item, (void *)style);
    if (state != REMOTE_READY)
        return request_lost(remote, style, state);
    if (answer.code == REPLY_FILE_FOLLOWS) /* nobody asked */
        return request_lost(remote, style, REMOTE_STRANGE);
    return request_show(style, &answer, NULL);
}

/* The server wants to know whether we have the room's key: answers its challenge, and reads what it
 * says to that. */
static enum remote_state prove_key(struct remote *remote, const struct style *style,
                                   struct answer *answer)
{
    static const char form[] = "sha256 ";
    char said[16 + KEY_HEX_SIZE] = "key:";

    if (strncmp(answer->text, form, strlen(form)) != 0)
        return REMOTE_STRANGE;
    if (style->key->length == 0 && secret_ask(style->key, "The room's key: ") != 0) {
        request_say(style, "the room has a key: expected --key-file FILE");
        answer->code = 0;
        return REMOTE_READY;
    }
    key_answer(style->key, answer->text + strlen(form), said + strlen(said));
    if (remote_send(remote, said, strlen(said)) != REMOTE_READY)
        return REMOTE_BROKEN;
    return remote_answer(remote, answer, request_item, (void *)style);
}

enum request_end request_greeting(struct remote *remote, const struct style *style)
{
    static const char enter[] = "Enter ";
    struct answer greeting;
    enum remote_state state = remote_answer(remote, &greeting, request_item, (void *)style);
    size_t length;

    if (state == REMOTE_READY && greeting.code == REPLY_KEY_WANTED)
        state = prove_key(remote, style, &greeting);
    if (state != REMOTE_READY)
        return request_lost(remote, style, state);
    if (greeting.code == 0)
        return REQUEST_LOST;
    length = strlen(greeting.text);
    if (greeting.code == REPLY_CLOSING || greeting.code == REPLY_WRONG_KEY) {
        remote->sent_away = false; /* it was not let in, which may change */
        if (length > 0 && greeting.text[length - 1] == '.')
            greeting.text[length - 1] = '\0';
        request_say(style, "%s", greeting.text);
        return REQUEST_LOST;
    }
    if (greeting.code != REPLY_GREETING || strncmp(greeting.text, enter, strlen(enter)) != 0)
        return request_lost(remote, style, REMOTE_STRANGE);
    if (style->interactive)
        request_say(style, "%s", greeting.text);
    (void)snprintf(remote->name, sizeof remote->name, "%.63s", greeting.text + strlen(enter));
    return remote->session[0] != '\0' ? request_pieces(remote, style) : REQUEST_DONE;
}

enum request_end request_name(struct remote *remote, const struct style *style, const char *name)
{
    struct answer answer;
    enum remote_state state = remote_ask(remote, &answer, remote_ignore, NULL, "nick:%s", name);

    if (state != REMOTE_READY)
        return request_lost(remote, style, state);
    if (answer.code != REPLY_MESSAGE) {
        request_say(style, "%s", answer.text);
        return REQUEST_FAILED;
    }
    (void)snprintf(remote->name, sizeof remote->name, "%s", name);
    return REQUEST_DONE;
}

void request_leave(struct remote *remote, const struct style *style)
{
    static const char leave[] = "exit";
    struct answer answer;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    if (remote_send(remote, leave, strlen(leave)) == REMOTE_READY)
        (void)remote_answer(remote, &answer, request_item, (void *)style);
}
