#define _POSIX_C_SOURCE 200809L

#include "client/chat/join.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/chat/ask.h"
#include "client/chat/chat.h"
#include "client/chat/room.h"
#include "client/chat/typing.h"
#include "client/link/hello.h"

#define RETRY_LONGEST 30 /* seconds between two tries to connect */

/* "NAME secret SECRET" */
static void take_name(const char *text)
{
    static const char form[] = "secret ";
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    if (!protocol_parse_name(text, name, &rest) || strncmp(rest, form, strlen(form)) != 0)
        return;
    roster_rename(&chat.roster, chat.show.name, name);
    memcpy(chat.nick, name, sizeof chat.nick);
    memcpy(chat.show.name, name, sizeof chat.show.name);
    (void)snprintf(chat.remote->name, sizeof chat.remote->name, "%s", name); /* for receipts */
    (void)snprintf(chat.secret, sizeof chat.secret, "%.63s", rest + strlen(form));
}

void chat_nick(const char *name)
{
    char line[160];
    struct answer answer;
    bool back = strcasecmp(name, chat.nick) == 0 && chat.secret[0] != '\0';

    (void)snprintf(line, sizeof line, "nick:%.60s%s%s", name, back ? " " : "",
                   back ? chat.secret : "");
    chat.busy = true;
    if (exchange_ask(line, &answer)) {
        if (answer.code == REPLY_MESSAGE) {
            take_name(answer.text);
            chat_note("You are called %s", chat.show.name);
        } else {
            exchange_show(line, &answer);
        }
    }
    exchange_forget();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

/* Each line of the answer begins with a name. */
static void take_members(bool hands)
{
    for (size_t i = 0; i < chat.answer.count; i++) {
        char name[PROTOCOL_NAME_MAX + 1];
        const char *rest;
        struct member *member;

        if (!protocol_parse_name(table_line(&chat.answer, i), name, &rest))
            continue;
        member = roster_add(&chat.roster, name);
        if (member != NULL && hands)
            member->hand = true;
    }
    exchange_forget();
}

void enter_join(void)
{
    static const char joined[] = "Joined ";
    struct answer answer;

    chat.busy = true;
    heard_coming_back();
    roster_clear(&chat.roster);
    if (chat.connected && exchange_ask("join", &answer)) {
        chat.joined =
            answer.code == REPLY_MESSAGE && strncmp(answer.text, joined, strlen(joined)) == 0;
        if (chat.joined)
            (void)snprintf(chat.room, sizeof chat.room, "%.100s", answer.text + strlen(joined));
        else
            chat_wrong("The server has no room to join: what others say is not shown");
    }
    if (chat.connected && exchange_ask("status", &answer))
        take_members(false);
    if (chat.connected && exchange_ask("hands", &answer) && answer.code == REPLY_HANDS)
        take_members(true);
    exchange_forget();
    chat.busy = false;
    chat_update();
    screen_draw(&chat.screen);
}

/* So that files come in pieces, and whoever is sent away stays away, however the connection ends.
 */
static void ask_for_pieces(void)
{
    enum remote_state state;

    if (chat.remote->asked_pieces)
        return;
    chat.busy = true;
    chat.remote->patience_ms = REMOTE_ANSWER_MS;
    state = remote_pieces(chat.remote);
    chat.busy = false;
    if (state != REMOTE_READY)
        exchange_lost(state);
}

static void hear_line(void *context, int code, const char *text)
{
    (void)context;
    heard_line(code, text);
}

void enter_room(void)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    chat.connected = true;
    chat.remote->room = hear_line;
    ask_for_pieces();
    if (!chat.connected)
        return;
    if (protocol_parse_name(chat.remote->name, name, &rest))
        memcpy(chat.show.name, name, sizeof chat.show.name);
    if (chat.nick[0] != '\0')
        chat_nick(chat.nick);
    enter_join();
}

/* What goes wrong is said once, as long as it is the same: this may take the whole night. */
static char said[512];

static bool is_news(const char *line)
{
    bool same = strcmp(line, said) == 0;

    (void)snprintf(said, sizeof said, "%s", line);
    return !same;
}

static void say_news(void *context, const char *line)
{
    if (is_news(line))
        chat.voice.show(context, line);
}

static void try_again(void)
{
    struct voice voice = chat.voice;
    char error[sizeof said];

    voice.show = say_news;
    if (remote_reconnect(chat.remote, error, sizeof error) == 0) {
        if (hello_greet(chat.remote, &voice) == ANSWER_DONE)
            enter_room();
        else
            exchange_over();
    } else if (is_news(error)) {
        chat_wrong("%s", error);
    }
}

void enter_again(void)
{
    said[0] = '\0';
    chat.busy = true; /* what is typed waits */
    chat.retry_seconds = 1;
    if (!chat.stopped)
        chat_note("Trying again in 1 s, then less often");
    while (!chat.leaving && !chat.connected) {
        chat_update();
        screen_draw(&chat.screen);
        remote_close(chat.remote);
        if (!chat.stopped)
            (void)typing_wait(-1, 0, chat.retry_seconds * 1000);
        chat.stopped = false;
        chat.retry_seconds =
            2 * chat.retry_seconds < RETRY_LONGEST ? 2 * chat.retry_seconds : RETRY_LONGEST;
        if (!chat.leaving)
            try_again();
        chat.busy = true;
    }
    chat.busy = false;
}
