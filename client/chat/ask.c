#define _POSIX_C_SOURCE 200809L

#include "client/chat/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/chat/chat.h"
#include "client/chat/recent.h"
#include "client/files/put.h"
#include "client/link/hello.h"

/* ---- what is answered */

static void keep_line(void *context, size_t number, const char *text)
{
    (void)context;
    (void)number;
    table_add(&chat.answer, text);
}

static void leave_unless(bool may_return)
{
    chat.connected = false;
    if (may_return)
        return;
    chat.leaving = true;
    chat.status = EXIT_FAILURE;
}

void exchange_over(void)
{
    leave_unless(!chat.remote->sent_away);
}

void exchange_ended(const char *why)
{
    chat_wrong("%s", why);
    exchange_over();
}

void exchange_lost(enum remote_state state)
{
    if (!chat.connected)
        return;
    if (state == REMOTE_ENDED) {
        exchange_ended(chat.remote->farewell);
        return;
    }
    chat.connected = false;
    if (chat.stopped)
        chat_note("Stopped");
    else if (state == REMOTE_CLOSED)
        chat_wrong("Connection closed by the server");
    else
        chat_wrong("%s", remote_state_text(chat.remote, state));
}

static bool is_acknowledged(const char *answer, const char *text)
{
    size_t length = strlen(text);

    return strncmp(answer, text, length) == 0 && strcmp(answer + length, " ACK") == 0;
}

void exchange_show(const char *line, const struct answer *answer)
{
    char shown[SHOW_MAX];

    if (answer->code == REPLY_BYE) {
        chat.leaving = true;
        chat.connected = false;
    } else if (answer->code >= 400) {
        chat_wrong("%s", answer->text);
    } else if (answer->code == REPLY_MESSAGE && is_acknowledged(answer->text, line)) {
        recent_seen(chat.show.name, line);
        show_own(shown, &chat.show, time(NULL), NULL, line);
        chat_print(shown);
    } else {
        if (answer->items == 0)
            chat_note("%s", answer->text);
        table_show(&chat.answer, answer->code, chat.show.name, chat.screen.columns, chat_print);
    }
}

/* Sends a line and reads what is answered. False: the connection is lost. */
bool exchange_ask(const char *line, struct answer *answer)
{
    enum remote_state state;

    chat.remote->patience_ms = REMOTE_ANSWER_MS;
    state = remote_send(chat.remote, line, strlen(line));
    if (state == REMOTE_READY)
        state = remote_answer(chat.remote, answer, keep_line, NULL);
    if (state == REMOTE_READY && answer->code == REPLY_FILE_FOLLOWS)
        state = REMOTE_STRANGE; /* nobody asked */
    if (state == REMOTE_READY && answer->code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        exchange_lost(state);
    return state == REMOTE_READY;
}

void exchange_forget(void)
{
    table_clear(&chat.answer);
}

/* A file, with the bar in place of the status line. */
static bool is_transfer(const char *line)
{
    return (strncmp(line, "file:", 5) == 0 && line[5] != '\0') ||
           (strncmp(line, "put:", 4) == 0 && line[4] != '\0');
}

static void transfer(const char *line)
{
    const char *name = strchr(line, ':') + 1;
    enum answer_end end = ANSWER_FAILED;

    chat.transferring = true;
    if (answer_fits(&chat.voice, line, strlen(line)))
        end = line[0] == 'f' ? download_file(chat.remote, &chat.voice, &chat.download, name)
                             : put_file(chat.remote, &chat.voice, name);
    if (end == ANSWER_LOST)
        leave_unless(hello_may_return(chat.remote)); /* it has been said why */
    chat.transferring = false;
}

/* One is told of all hands but one's own. */
static void note_own_hand(const char *line, const struct answer *answer)
{
    struct member *self = roster_find(&chat.roster, chat.show.name);

    if (self == NULL || answer->code != REPLY_MESSAGE)
        return;
    if (strcmp(line, "hand") == 0 || strncmp(line, "hand:", 5) == 0)
        self->hand = true;
    else if (strcmp(line, "unhand") == 0)
        self->hand = false;
}

void exchange_request(const char *line)
{
    struct answer answer;
    const char *said = strncmp(line, "msg:", 4) == 0 ? line + 4 : line;

    chat.busy = true;
    if (is_transfer(line)) {
        transfer(line);
    } else if (answer_refuses(&chat.voice, line)) {
        /* it has been said why */
    } else if (exchange_ask(line, &answer)) {
        note_own_hand(line, &answer);
        if (strcmp(line, "leave") == 0 && answer.code == REPLY_MESSAGE)
            chat.joined = false;
        exchange_show(said, &answer);
    } else {
        chat_wrong("Not acknowledged: %s", said);
    }
    exchange_forget();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

void chat_request(const char *format, ...)
{
    char line[2 * PROTOCOL_REQUEST_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (strlen(line) > PROTOCOL_REQUEST_MAX)
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
    else
        exchange_request(line);
}

void chat_say(const char *text)
{
    chat_request("msg:%s", text);
}

void chat_tell(const char *name, const char *text)
{
    char line[PROTOCOL_REQUEST_MAX + 1], shown[SHOW_MAX];
    struct answer answer;

    if (snprintf(line, sizeof line, "tell:%s %s", name, text) >= (int)sizeof line) {
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
        return;
    }
    chat.busy = true;
    if (exchange_ask(line, &answer) && answer.code == REPLY_MESSAGE) {
        show_own(shown, &chat.show, time(NULL), name, text);
        chat_print(shown);
    } else if (chat.connected) {
        exchange_show(line, &answer);
    } else {
        chat_wrong("Not acknowledged: %s", text);
    }
    exchange_forget();
    chat.busy = false;
}
