#define _POSIX_C_SOURCE 200809L

#include "client/enter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/chat.h"
#include "client/exchange.h"
#include "client/heard.h"
#include "client/typing.h"

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

void enter_room(void)
{
    static const char joined[] = "Joined ";
    char name[PROTOCOL_NAME_MAX + 1];
    struct answer answer;
    const char *rest;

    chat.connected = chat.busy = true;
    chat.remote->room = heard_line;
    roster_clear(&chat.roster);
    if (protocol_parse_name(chat.remote->name, name, &rest))
        memcpy(chat.show.name, name, sizeof chat.show.name);
    if (chat.nick[0] != '\0')
        chat_nick(chat.nick);
    chat.busy = true;
    if (chat.connected && exchange_ask("join", &answer)) {
        if (answer.code == REPLY_MESSAGE && strncmp(answer.text, joined, strlen(joined)) == 0) {
            (void)snprintf(chat.room, sizeof chat.room, "%.100s", answer.text + strlen(joined));
        } else {
            chat_wrong("The server has no room to join: what others say is not shown");
        }
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

/* Until it is done, or it is said to leave. */
void enter_again(void)
{
    int seconds = 1;

    chat_update();
    chat.busy = true; /* what is typed waits */
    while (!chat.leaving && !chat.connected) {
        char error[512];

        chat_note("Trying again in %d s", seconds);
        remote_close(chat.remote);
        (void)typing_wait(-1, 0, seconds * 1000);
        seconds = 2 * seconds < RETRY_LONGEST ? 2 * seconds : RETRY_LONGEST;
        if (chat.leaving)
            break;
        if (remote_reconnect(chat.remote, error, sizeof error) != 0)
            chat_wrong("%s", error);
        else if (request_greeting(chat.remote, &chat.style) == REQUEST_DONE)
            enter_room();
        chat.busy = true;
    }
    chat.busy = false;
}
