#define _POSIX_C_SOURCE 200809L

#include "client/chat/commands.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/chat/chat.h"

typedef void action(const char *arguments);

static action do_names, do_nick, do_me, do_msg, do_get, do_put, do_list, do_status, do_history,
    do_hand, do_unhand, do_hands, do_away, do_ignore, do_quiet, do_timestamp, do_help, do_exit;

static const struct slash {
    const char *word, *arguments; /* those in [] may be left out */
    action *act;
    const char *help;
} commands[] = {
    {"names", "", do_names, "who is here, in short"},
    {"nick", "NAME", do_nick, "be called NAME"},
    {"me", "TEXT", do_me, "say what you do: * anna waves"},
    {"msg", "NAME TEXT", do_msg, "say something to NAME alone"},
    {"get", "NAME", do_get, "fetch a file"},
    {"put", "FILE", do_put, "hand in a file"},
    {"list", "[DIR]", do_list, "the shared files, with sizes and times"},
    {"status", "", do_status, "who is here, and since when"},
    {"history", "", do_history, "who was here, and until when"},
    {"hand", "[TEXT]", do_hand, "raise your hand, and say what for"},
    {"unhand", "", do_unhand, "take it down"},
    {"hands", "", do_hands, "whose hands are up, in their order"},
    {"away", "[TEXT]", do_away, "tell those who write to you that you are away; again: back"},
    {"ignore", "[NAME]", do_ignore, "show nothing of NAME; again: show it; alone: whom"},
    {"quiet", "", do_quiet, "do not show who comes and goes; again: do"},
    {"timestamp", "", do_timestamp, "hide the time at the left; again: show it"},
    {"help", "", do_help, "this list"},
    {"exit", "", do_exit, "leave"},
    {"quit", "", do_exit, "the same"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

const char *slash_word(size_t number)
{
    return number < COMMANDS ? commands[number].word : NULL;
}

/* ---- what they do */

static void do_names(const char *none)
{
    char line[2 * SCREEN_STATUS];
    size_t used = 0;

    (void)none;
    for (size_t i = 0; i < chat.roster.count; i++) {
        const char *name = chat.roster.member[i].name;

        if (used + strlen(name) + 3 > 400) {
            chat_note("%s", line);
            used = 0;
        }
        used +=
            (size_t)snprintf(line + used, sizeof line - used, "%s%s", used > 0 ? ", " : "", name);
    }
    if (used > 0)
        chat_note("%s", line);
    chat_note("%zu here", chat.roster.count);
}

static void do_nick(const char *name)
{
    if (protocol_name_valid(name))
        chat_nick(name);
    else
        chat_wrong("/nick '%s': expected 1 to %d letters, digits, '-' and '_'", name,
                   PROTOCOL_NAME_MAX);
}

static void do_me(const char *text)
{
    char said[PROTOCOL_REQUEST_MAX + 8];

    (void)snprintf(said, sizeof said, "/me %s", text);
    chat_say(said);
}

static void do_msg(const char *arguments)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *text;

    if (!protocol_parse_name(arguments, name, &text) || text[0] == '\0')
        chat_wrong("/msg: expected '/msg NAME TEXT'");
    else
        chat_tell(name, text);
}

static void do_get(const char *name)
{
    chat_request("file:%s", name);
}

static void do_put(const char *path)
{
    chat_request("put:%s", path);
}

static void do_list(const char *directory)
{
    if (directory[0] != '\0')
        chat_request("list-long:%s", directory);
    else
        chat_request("list-long");
}

static void do_status(const char *none)
{
    (void)none;
    chat_request("status");
}

static void do_history(const char *none)
{
    (void)none;
    chat_request("history");
}

static void do_hand(const char *text)
{
    if (text[0] != '\0')
        chat_request("hand:%s", text);
    else
        chat_request("hand");
}

static void do_unhand(const char *none)
{
    (void)none;
    chat_request("unhand");
}

static void do_hands(const char *none)
{
    (void)none;
    chat_request("hands");
}

static void do_away(const char *text)
{
    chat.is_away = !chat.is_away || text[0] != '\0';
    roster_clear(&chat.answered);
    (void)snprintf(chat.away, sizeof chat.away, "%s", text);
    chat_note(chat.is_away ? "You are away: who tells you something is told so, once"
                           : "You are back");
    chat_update();
}

static void do_ignore(const char *name)
{
    char all[SCREEN_STATUS] = "";

    if (name[0] == '\0') {
        for (size_t i = 0; i < chat.ignored.count; i++) {
            size_t used = strlen(all);

            (void)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "",
                           chat.ignored.member[i].name);
        }
        chat_note("%s%s", all[0] ? "Ignored: " : "Nobody is ignored", all);
    } else if (roster_find(&chat.ignored, name) != NULL) {
        roster_remove(&chat.ignored, name);
        chat_note("%s is shown again", name);
    } else if (roster_add(&chat.ignored, name) != NULL) {
        chat_note("%s is ignored", name);
    } else {
        chat_wrong("/ignore: '%s' is no name", name);
    }
}

static void do_quiet(const char *none)
{
    (void)none;
    chat.quiet = !chat.quiet;
    chat_note(chat.quiet ? "Who comes and goes is not shown" : "Who comes and goes is shown");
}

static void do_timestamp(const char *none)
{
    (void)none;
    chat.show.timestamps = !chat.show.timestamps;
    chat_note(chat.show.timestamps ? "The time is shown" : "The time is not shown");
}

static void do_help(const char *none)
{
    (void)none;
    for (size_t i = 0; i < COMMANDS; i++) {
        char form[32];

        (void)snprintf(form, sizeof form, "/%s %s", commands[i].word, commands[i].arguments);
        chat_note("%-15s %s", form, commands[i].help);
    }
    chat_note("%-15s %s", "//TEXT", "say /TEXT");
    chat_note("Without a slash: status, list, file:NAME, exit, and what else help tells;");
    chat_note("all other lines are said to the room");
}

static void do_exit(const char *none)
{
    (void)none;
    chat.leaving = true;
}

/* ---- finding them */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters are to be changed, added, left out or exchanged with their neighbour (the
 * distance of Damerau and Levenshtein, without repeated changes). */
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 16 };
    size_t cost[MOST + 1][MOST + 1], n = strlen(a), m = strlen(b);

    if (n > MOST || m > MOST)
        return MOST;
    for (size_t i = 0; i <= n; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            cost[i][j] = least(least(cost[i - 1][j], cost[i][j - 1]) + 1,
                               cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[n][m];
}

static void suggest(const char *word)
{
    const struct slash *nearest = NULL;
    size_t best = (strlen(word) + 1) / 3 + 1; /* most of it is to be right */

    for (size_t i = 0; i < COMMANDS; i++)
        if (distance(word, commands[i].word) < best) {
            best = distance(word, commands[i].word);
            nearest = &commands[i];
        }
    if (nearest != NULL)
        chat_wrong("There is no /%s; did you mean /%s?", word, nearest->word);
    else
        chat_wrong("There is no /%s; see /help, or begin with // to say it", word);
}

void slash_run(const char *line)
{
    char word[64], arguments[PROTOCOL_REQUEST_MAX + 1];
    size_t length = strcspn(line + 1, " ");
    const char *rest = line + 1 + length;

    (void)snprintf(word, sizeof word, "%.*s", (int)length, line + 1);
    (void)snprintf(arguments, sizeof arguments, "%s", rest + strspn(rest, " "));
    for (size_t end = strlen(arguments); end > 0 && arguments[end - 1] == ' '; end--)
        arguments[end - 1] = '\0'; /* Tab leaves one */
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct slash *command = &commands[i];

        if (strcasecmp(command->word, word) != 0)
            continue;
        if (arguments[0] == '\0' && command->arguments[0] != '\0' && command->arguments[0] != '[')
            chat_wrong("/%s: expected '/%s %s'", word, word, command->arguments);
        else if (arguments[0] != '\0' && command->arguments[0] == '\0')
            chat_wrong("/%s: expected nothing after it", word);
        else
            command->act(arguments);
        return;
    }
    suggest(word);
}
