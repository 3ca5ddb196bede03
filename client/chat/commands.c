#define _POSIX_C_SOURCE 200809L

#include "client/chat/commands.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/files/download.h"
#include "client/files/get.h"
#include "client/files/pattern.h"
#include "client/files/put.h"
#include "client/link/hello.h"

static void list_names(struct window *window, const struct room *room)
{
    char line[ROOM_NAMES_LINE + PROTOCOL_NAME_MAX];
    size_t used = 0;

    for (size_t i = 0; i < room->members.count; i++) {
        const char *name = room->members.member[i].name;

        if (used + strlen(name) + strlen(", ") > ROOM_NAMES_LINE) {
            window_note(window, "%s", line);
            used = 0;
        }
        used +=
            (size_t)snprintf(line + used, sizeof line - used, "%s%s", used > 0 ? ", " : "", name);
    }
    if (used > 0)
        window_note(window, "%s", line);
    window_note(window, "%zu here", room->members.count);
}

static void take_nick(struct join *join, const struct lines_typed *typed)
{
    bool command = typed->word[0] != '\0'; /* a request is checked by the server */

    if (command && !protocol_name_valid(typed->text))
        window_wrong(join->ask->window, "/nick '%s': expected 1 to %d letters, digits, '-' and '_'",
                     typed->text, PROTOCOL_NAME_LETTERS);
    else
        join_nick(join, typed->text);
}

/* A loss has ended the transfer: it goes on over the next connection, unless the user has stopped
 * it, or one connection after the other brings nothing. */
static void note_loss(struct ask *ask, const struct lines_typed *typed, uint64_t moved)
{
    struct wishes *wishes = ask->wishes;

    if (moved >= AGAIN_BYTES_LEAST)
        wishes->losses = 0;
    if (ask->phase != PHASE_LOST)
        return;
    if (++wishes->losses > ask->remote->retries) {
        window_wrong(ask->window, "%s: gave up after %u attempts to reconnect", typed->text,
                     wishes->losses - 1);
        wishes->losses = 0;
        return;
    }
    wishes->moves_file = true;
    wishes->file = *typed;
    window_note(ask->window, "%s goes on when the client is connected again", typed->text);
}

static void transfer(struct ask *ask, const struct lines_typed *typed)
{
    const uint64_t before = ask->remote->received + ask->remote->sent;
    enum answer_end end;

    if (strlen("file:") + strlen(typed->text) > PROTOCOL_REQUEST_MAX) {
        window_wrong(ask->window, "A line has at most %d bytes; not sent", PROTOCOL_REQUEST_MAX);
        return;
    }
    ask->phase = PHASE_TRANSFERRING;
    ask->remote->patience_ms = REMOTE_ANSWER_MS;
    if (typed->kind == LINES_PUT)
        end = put_file(ask->remote, &ask->voice, typed->text);
    else if (typed->word[0] != '\0' && pattern_is_one(typed->text))
        end = get_matching(ask->remote, &ask->voice, &ask->download, typed->text);
    else
        end = download_file(ask->remote, &ask->voice, &ask->download, typed->text);
    ask->wishes->moves_file = false;
    if (end == ANSWER_LOST) {
        ask_over(ask, hello_may_return(ask->remote)); /* the user has been told why */
        note_loss(ask, typed, ask->remote->received + ask->remote->sent - before);
    } else {
        ask->wishes->losses = 0;
    }
    ask_end(ask);
}

static void set_away(struct ask *ask, const char *text)
{
    room_away(ask->room, text);
    window_note(ask->window, ask->room->is_away
                                 ? "You are away: whoever writes to you is told, once"
                                 : "You are back");
}

static void list_ignored(struct ask *ask)
{
    char all[SCREEN_STATUS] = "";

    for (size_t i = 0; i < ask->room->ignored.count; i++) {
        size_t used = strlen(all);

        (void)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "",
                       ask->room->ignored.member[i].name);
    }
    window_note(ask->window, "%s%s", all[0] ? "Ignored: " : "Nobody is ignored", all);
}

static void ignore(struct ask *ask, const char *name)
{
    switch (room_ignore(ask->room, name)) {
    case ROOM_IGNORED:
        window_note(ask->window, "%s is ignored", name);
        break;
    case ROOM_SHOWN_AGAIN:
        window_note(ask->window, "%s is shown again", name);
        break;
    case ROOM_NO_NAME:
        window_wrong(ask->window, "/ignore '%s': expected 1 to %d letters, digits, '-' and '_'",
                     name, PROTOCOL_NAME_LETTERS);
        break;
    }
}

static void toggle_quiet(struct ask *ask)
{
    ask->room->quiet = !ask->room->quiet;
    window_note(ask->window, ask->room->quiet ? "Arrivals and departures are hidden"
                                              : "Arrivals and departures are shown");
}

static void toggle_timestamp(struct window *window)
{
    window->show.timestamps = !window->show.timestamps;
    window_note(window, window->show.timestamps ? "Times are shown" : "Times are hidden");
}

static void help_row(struct window *window, const struct lines_row *row)
{
    char form[32];

    (void)snprintf(form, sizeof form, "%s %s", row->word, row->arguments);
    window_note(window, "%-15s %s", form, row->help);
}

/* One command, or all of them. */
static void help(struct window *window, const char *word)
{
    const struct lines_row *row = lines_command(word);

    if (row != NULL) {
        help_row(window, row);
        return;
    }
    if (word[0] != '\0') {
        row = lines_nearest(word + (word[0] == '/'));
        if (row != NULL)
            window_wrong(window, "There is no command '%s'; did you mean %s?", word, row->word);
        else
            window_wrong(window, "There is no command '%s'; /help lists them", word);
        return;
    }
    for (size_t i = 0; (row = lines_row(i)) != NULL && row->help != NULL; i++)
        help_row(window, row);
    window_note(window, "%-15s %s", "//TEXT", "say /TEXT");
    window_note(
        window,
        "Requests need no slash: status, list, help, exit, file:NAME, put:FILE, nick:NAME.");
    window_note(window, "Every other line is said to the room.");
}

/* The row of that name in the answer to "status", which is all that the server tells of a client.
 */
static void whois(struct ask *ask, const char *name)
{
    struct table found = {.count = 0};
    struct answer answer;

    ask_begin(ask);
    if (ask_line(ask, "status", &answer))
        for (size_t i = 0; i < ask->answer.count; i++) {
            const char *line = table_line(&ask->answer, i);
            size_t length = strcspn(line, " ");

            if (length == strlen(name) && strncasecmp(line, name, length) == 0)
                table_add(&found, line);
        }
    if (found.count > 0)
        window_table(ask->window, &found, REPLY_CLIENTS);
    else if (ask_is_connected(ask))
        window_wrong(ask->window, "Nobody is called %s; /status tells who is here", name);
    table_free(&found);
    ask_end(ask);
}

static void refuse(struct window *window, const struct lines_typed *typed)
{
    const struct lines_row *row = typed->row;

    if (typed->kind == LINES_INCOMPLETE)
        window_wrong(window, "/%s: expected '/%s %s'", typed->word, typed->word, row->arguments);
    else if (typed->kind == LINES_EXCESS)
        window_wrong(window, "/%s takes no argument", typed->word);
    else if ((row = lines_nearest(typed->word)) != NULL)
        window_wrong(window, "There is no /%s; did you mean %s?", typed->word, row->word);
    else
        window_wrong(window, "There is no /%s; see /help, or begin with // to say it", typed->word);
}

/* Notes changes that the server announces only to others. done: the request was; else it was lost
 * with the connection that was to carry it, and a wish outlives that. */
static void note_change(struct ask *ask, const struct lines_typed *typed, bool done)
{
    struct wishes *wishes = ask->wishes;

    switch (typed->kind) {
    case LINES_HAND:
    case LINES_UNHAND:
        wishes->hand = typed->kind == LINES_HAND;
        (void)snprintf(wishes->why, sizeof wishes->why, "%s", typed->text);
        room_raise(ask->room, done && wishes->hand);
        break;
    case LINES_LEAVE:
        wishes->apart = true;
        room_join(ask->room, NULL);
        break;
    default:
        break;
    }
}

static void request(struct ask *ask, const struct lines_typed *typed)
{
    bool is_about = typed->row != NULL && typed->row->completes == LINES_SERVER_FILE;
    bool done = ask_request(ask, typed->request, typed->said,
                            is_about && typed->text[0] != '\0' ? typed->text : NULL);

    if (done || !ask_is_connected(ask))
        note_change(ask, typed, done);
}

/* What was shown as not acknowledged was done after all. */
static void done_late(struct ask *ask, const struct lines_typed *typed, const char *said,
                      const char *answer)
{
    bool is_ack = ask_is_ack(answer, said);

    window_note(ask->window, "Acknowledged after all: %s", said);
    if (is_ack)
        room_said(ask->room, said);
    if (is_ack || typed->kind == LINES_TELL)
        window_own(ask->window, typed->kind == LINES_TELL ? typed->name : NULL, said);
    note_change(ask, typed, true);
}

void commands_late(struct ask *ask, unsigned number, const struct reply_line *answer)
{
    struct protocol_receipt receipt;
    struct lines_typed typed;
    const char *said;

    if (answer->code == REPLY_HANDED_IN && protocol_parse_receipt(answer->text, &receipt))
        window_note(ask->window, "%s: the server has it after all", receipt.name);
    if (!late_take(&ask->late, number, &typed))
        return;
    said = typed.kind == LINES_TELL ? typed.text : typed.said; /* as it was shown before */
    if (answer->code >= 400)
        window_wrong(ask->window, "%s: %s", said, answer->text);
    else if (answer->code == REPLY_MESSAGE)
        done_late(ask, &typed, said, answer->text);
}

void commands_do(struct join *join, const struct lines_typed *typed)
{
    struct ask *ask = join->ask;

    switch (typed->kind) {
    case LINES_REQUEST:
    case LINES_HAND:
    case LINES_UNHAND:
    case LINES_LEAVE:
        request(ask, typed);
        break;
    case LINES_JOIN:
        join_room(join);
        break;
    case LINES_NICK:
        take_nick(join, typed);
        break;
    case LINES_TELL:
        held_tell(join->held, ask, typed->name, typed->text);
        break;
    case LINES_GET:
    case LINES_PUT:
        transfer(ask, typed);
        break;
    case LINES_EXIT:
        ask->phase = PHASE_LEAVING;
        break;
    case LINES_NAMES:
        list_names(ask->window, ask->room);
        break;
    case LINES_AWAY:
        set_away(ask, typed->text);
        break;
    case LINES_IGNORE:
        if (typed->text[0] == '\0')
            list_ignored(ask);
        else
            ignore(ask, typed->text);
        break;
    case LINES_QUIET:
        toggle_quiet(ask);
        break;
    case LINES_TIMESTAMP:
        toggle_timestamp(ask->window);
        break;
    case LINES_HELP:
        help(ask->window, typed->word[0] != '\0' ? typed->text : "");
        break;
    case LINES_WHOIS:
        whois(ask, typed->text);
        break;
    case LINES_LOG:
        window_log(ask->window, typed->text);
        break;
    case LINES_CLEAR:
        window_clear(ask->window);
        break;
    case LINES_REFUSED:
        (void)answer_refuses(&ask->voice, typed->request);
        break;
    case LINES_UNKNOWN:
    case LINES_INCOMPLETE:
    case LINES_EXCESS:
        refuse(ask->window, typed);
        break;
    }
}
