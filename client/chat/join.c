#define _POSIX_C_SOURCE 200809L

#include "client/chat/join.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/link/bytes.h"
#include "client/link/connect.h"
#include "client/link/hello.h"
#include "server/wire/name.h"

/* Copies this client's name from remote->name, if that is valid. */
static void take_name(struct ask *ask)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    if (protocol_parse_name(ask->remote->name, name, &rest))
        room_call(ask->room, name);
}

/* Asks for a name. False: this client does not have it, and the user knows why. */
static bool take_nick(struct join *join, const char *name)
{
    struct ask *ask = join->ask;
    struct remote *remote = ask->remote;
    char line[sizeof "nick: " + PROTOCOL_NAME_MAX + sizeof remote->secret];
    struct answer answer;
    bool done = false, back = name_same(name, remote->nick) && remote->secret[0] != '\0';

    (void)snprintf(line, sizeof line, "nick:%.*s%s%s", PROTOCOL_NAME_MAX, name, back ? " " : "",
                   back ? remote->secret : "");
    ask_begin(ask);
    if (!ask_must(ask, line, &answer)) {
        /* the user has been told */
    } else if (answer.code != REPLY_MESSAGE) {
        ask_show(ask, line, NULL, &answer);
    } else {
        remote_named(remote, answer.text);
        take_name(ask);
        done = true;
    }
    ask_end(ask);
    return done;
}

void join_nick(struct join *join, const char *name)
{
    if (take_nick(join, name))
        window_note(join->ask->window, "You are called %s", join->ask->room->self);
}

/* ---- the room */

static void take_members(struct ask *ask, bool hands)
{
    for (size_t i = 0; i < ask->answer.count; i++)
        room_take_member(ask->room, table_line(&ask->answer, i), hands);
}

/* Asks to hear the room: from the line on that is to be heard next, or for the first time. */
static bool ask_to_hear(struct ask *ask, struct answer *answer)
{
    const struct wishes *wishes = ask->wishes;
    char line[sizeof "join: " + ROOM_RUN + 24];

    (void)snprintf(line, sizeof line, "join:");
    if (wishes->run[0] != '\0')
        (void)snprintf(line, sizeof line, "join:%s %" PRIu64, wishes->run, wishes->next);
    return ask_must(ask, line, answer);
}

/* Takes the answer to "join:". Another run has begun with another start of the server. */
static bool take_joined(struct ask *ask, const struct answer *answer)
{
    struct wishes *wishes = ask->wishes;
    char room[ROOM_NAME], run[ROOM_RUN];
    uint64_t next;

    if (answer->code != REPLY_MESSAGE ||
        !room_line_joined(answer->text, room, sizeof room, run, sizeof run, &next))
        return false;
    room_join(ask->room, room);
    ask->remote->numbered = run[0] != '\0';
    if (strcmp(run, wishes->run) == 0)
        return true;
    if (wishes->run[0] != '\0')
        window_note(ask->window, "The server was started anew: it knows only what was said since");
    (void)snprintf(wishes->run, sizeof wishes->run, "%s", run);
    wishes->next = next;
    return true;
}

/* Asks for the members and the raised hands. */
static void look_around(struct ask *ask)
{
    struct answer answer;

    if (!ask_is_connected(ask))
        return;
    ask_begin(ask);
    room_begin(ask->room);
    if (ask_line(ask, "status", &answer))
        take_members(ask, false);
    if (ask_is_connected(ask) && ask_line(ask, "hands", &answer) && answer.code == REPLY_HANDS)
        take_members(ask, true);
    ask_end(ask);
}

void join_room(struct join *join)
{
    struct ask *ask = join->ask;
    struct answer answer;

    ask_begin(ask);
    ask->wishes->apart = false;
    if (ask_to_hear(ask, &answer) && !take_joined(ask, &answer)) {
        room_join(ask->room, NULL);
        window_wrong(ask->window,
                     "The server does not support joining: what others say is not shown");
    }
    ask_end(ask);
    look_around(ask);
}

/* ---- the hand */

/* A hand that went down with the lost session is raised again. */
static void raise_again(struct ask *ask)
{
    char line[PROTOCOL_REQUEST_MAX + 1];
    struct answer answer;

    if (!ask->wishes->hand || room_hand_is_up(ask->room))
        return;
    (void)snprintf(line, sizeof line, "hand%s%.*s", ask->wishes->why[0] ? ":" : "",
                   (int)(sizeof line - sizeof "hand:"), ask->wishes->why);
    ask_begin(ask);
    if (ask_line(ask, line, &answer) && answer.code == REPLY_MESSAGE) {
        room_raise(ask->room, true);
        window_note(ask->window, "Your hand is up again, behind those that are up");
    } else if (ask_is_connected(ask)) {
        window_wrong(ask->window, "Your hand is down, and cannot be raised again");
    }
    ask_end(ask);
}

/* ---- all of it */

/* Asks for files in pieces: between two pieces the server can end the session with a reply, so a
 * client that is kicked during a transfer learns that and does not reconnect. */
static void ask_for_pieces(struct ask *ask)
{
    enum remote_state state;

    if (ask->remote->asked_pieces)
        return;
    ask->remote->patience_ms = REMOTE_ANSWER_MS;
    state = bytes_ask_pieces(ask->remote);
    if (state != REMOTE_READY)
        ask_lost(ask, state);
}

/* Takes the name back, so that nothing is said or handed in under another one without a word. */
static void name_again(struct join *join)
{
    struct ask *ask = join->ask;
    const char *name = ask->remote->nick[0] != '\0' ? ask->remote->nick : ask->wishes->nick;

    if (name[0] != '\0' && !take_nick(join, name) && ask_is_connected(ask))
        window_wrong(ask->window, "You are not %s any more; take a name with /nick", name);
}

/* again: over a new connection. */
static void begin(struct join *join, bool again)
{
    struct ask *ask = join->ask;

    ask_begin(ask);
    ask_for_pieces(ask);
    if (!ask_is_connected(ask))
        return;
    take_name(ask);
    if (again)
        name_again(join);
    else if (ask->wishes->nick[0] != '\0')
        join_nick(join, ask->wishes->nick);
    if (again && ask_is_connected(ask))
        window_note(ask->window, "Connected again as %s", ask->room->self);
    if (again)
        held_begin(join->held);
    if (ask_is_connected(ask) && ask->wishes->apart)
        look_around(ask);
    else if (ask_is_connected(ask))
        join_room(join);
    if (again && ask_is_connected(ask))
        raise_again(ask);
}

void join_begin(struct join *join)
{
    begin(join, false);
}

/* ---- reconnecting: it may take all night, so a failure is shown only if it differs from the last
 * */

static bool is_news(struct join *join, const char *line)
{
    bool same = strcmp(line, join->said) == 0;

    (void)snprintf(join->said, sizeof join->said, "%s", line);
    return !same;
}

/* Shows what hello_greet says. */
static void show_news(void *context, const char *line)
{
    struct join *join = context;

    if (is_news(join, line))
        window_note_text(join->ask->window, line);
}

void join_again(struct join *join)
{
    struct ask *ask = join->ask;
    struct voice voice = ask->voice;
    char error[sizeof join->said];

    voice.show = show_news;
    voice.context = join;
    if (connect_again(ask->remote, error, sizeof error) != 0) {
        if (is_news(join, error))
            window_wrong(ask->window, "%s", error);
    } else if (hello_greet(ask->remote, &voice, true) != ANSWER_DONE) {
        ask_over(ask, !ask->remote->sent_away);
    } else if (ask->phase == PHASE_LOST) {
        begin(join, true);
    } else {
        ask->phase = PHASE_LEAVING; /* the user leaves: "exit" is still sent */
    }
}
