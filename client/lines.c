#define _POSIX_C_SOURCE 200809L

#include "client/lines.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/wire/nearest.h"

static const struct lines_row rows[] = {
    /* commands, in the order of /help */
    {"/names", LINES_NAMES, LINES_NOTHING, NULL, "", "list the clients that are here"},
    {"/whois", LINES_WHOIS, LINES_NAME, NULL, "NAME", "what the server tells of NAME"},
    {"/nick", LINES_NICK, LINES_NOTHING, NULL, "NAME", "change your name to NAME"},
    {"/me", LINES_REQUEST, LINES_NOTHING, "msg:/me ", "TEXT",
     "say what you do, as in: * anna waves"},
    {"/msg", LINES_TELL, LINES_NAME, NULL, "NAME TEXT", "send TEXT to NAME alone"},
    {"/get", LINES_GET, LINES_SERVER_FILE, NULL, "NAME", "fetch a file"},
    {"/put", LINES_PUT, LINES_LOCAL_FILE, NULL, "FILE", "hand in a file"},
    {"/list", LINES_REQUEST, LINES_SERVER_FILE, "list-long:", "[DIR]",
     "the shared files, with sizes and times"},
    {"/status", LINES_REQUEST, LINES_NOTHING, "status", "", "who is here, and since when"},
    {"/history", LINES_REQUEST, LINES_NOTHING, "history", "", "who was here, and until when"},
    {"/leave", LINES_LEAVE, LINES_NOTHING, "leave", "",
     "hear the room no longer, but stay connected"},
    {"/join", LINES_JOIN, LINES_NOTHING, NULL, "", "hear the room again"},
    {"/hand", LINES_HAND, LINES_NOTHING, "hand:", "[TEXT]", "raise your hand, and say why"},
    {"/unhand", LINES_UNHAND, LINES_NOTHING, "unhand", "", "lower your hand"},
    {"/hands", LINES_REQUEST, LINES_NOTHING, "hands", "", "whose hands are up, in order"},
    {"/away", LINES_AWAY, LINES_NOTHING, NULL, "[TEXT]",
     "answer private messages with TEXT, until /away again"},
    {"/ignore", LINES_IGNORE, LINES_NAME, NULL, "[NAME]",
     "hide NAME; again: show; without a name: list"},
    {"/quiet", LINES_QUIET, LINES_NOTHING, NULL, "",
     "hide arrivals and departures; again: show them"},
    {"/timestamp", LINES_TIMESTAMP, LINES_NOTHING, NULL, "",
     "hide the times at the left; again: show them"},
    {"/log", LINES_LOG, LINES_LOCAL_FILE, NULL, "[FILE]",
     "append what is shown to FILE; without a name: stop"},
    {"/clear", LINES_CLEAR, LINES_NOTHING, NULL, "", "clear the screen"},
    {"/help", LINES_HELP, LINES_NOTHING, NULL, "[COMMAND]", "this list, or one row of it"},
    {"/exit", LINES_EXIT, LINES_NOTHING, NULL, "", "leave"},
    {"/quit", LINES_EXIT, LINES_NOTHING, NULL, "", "leave"},
    {"/q", LINES_EXIT, LINES_NOTHING, NULL, "", "leave"},
    /* requests, in the order in which Tab lists them */
    {"status", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"status-long", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"history", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"list", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"list:", LINES_REQUEST, LINES_SERVER_FILE, NULL, "DIR", NULL},
    {"list-long", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"list-long:", LINES_REQUEST, LINES_SERVER_FILE, NULL, "DIR", NULL},
    {"file:", LINES_GET, LINES_SERVER_FILE, NULL, "NAME", NULL},
    {"sum:", LINES_REQUEST, LINES_SERVER_FILE, NULL, "NAME", NULL},
    {"put:", LINES_PUT, LINES_LOCAL_FILE, NULL, "FILE", NULL},
    {"msg:", LINES_REQUEST, LINES_NOTHING, NULL, "[TEXT]", NULL},
    {"tell:", LINES_TELL, LINES_NAME, NULL, "NAME TEXT", NULL},
    {"nick:", LINES_NICK, LINES_NOTHING, NULL, "NAME", NULL},
    {"join", LINES_JOIN, LINES_NOTHING, NULL, "", NULL},
    {"leave", LINES_LEAVE, LINES_NOTHING, NULL, "", NULL},
    {"hand", LINES_HAND, LINES_NOTHING, NULL, "", NULL},
    {"hand:", LINES_HAND, LINES_NOTHING, NULL, "[TEXT]", NULL},
    {"unhand", LINES_UNHAND, LINES_NOTHING, NULL, "", NULL},
    {"hands", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"hands-long", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"pieces:", LINES_REFUSED, LINES_NOTHING, NULL, "[SESSION]", NULL},
    {"rest:", LINES_REFUSED, LINES_NOTHING, NULL, "[OFFSET]", NULL},
    {"piece:", LINES_REFUSED, LINES_NOTHING, NULL, "[COUNT]", NULL},
    {"stop:", LINES_REFUSED, LINES_NOTHING, NULL, "", NULL},
    {"help", LINES_REQUEST, LINES_NOTHING, NULL, "", NULL},
    {"exit", LINES_EXIT, LINES_NOTHING, NULL, "", NULL},
};
#define ROWS (sizeof rows / sizeof rows[0])

const struct lines_row *lines_row(size_t number)
{
    return number < ROWS ? &rows[number] : NULL;
}

bool lines_is_said(const struct lines_row *row)
{
    static const char *const requests[] = {"status", "list", "exit", "help"};

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (strcmp(row->word, requests[i]) == 0)
            return false;
    return row->word[0] != '/' && row->word[strlen(row->word) - 1] != ':';
}

const struct lines_row *lines_command(const char *word)
{
    word += word[0] == '/';
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].word[0] == '/' && strcasecmp(rows[i].word + 1, word) == 0)
            return &rows[i];
    return NULL;
}

/* ---- the word that a command was meant to have */

const struct lines_row *lines_nearest(const char *word)
{
    const struct lines_row *nearest = NULL;
    struct nearest search = nearest_begin(word);

    for (size_t i = 0; i < ROWS && rows[i].word[0] == '/'; i++)
        if (nearest_try(&search, rows[i].word + 1))
            nearest = &rows[i];
    return nearest;
}

/* ---- a typed line */

static bool is_optional(const struct lines_row *row)
{
    return row->arguments[0] == '[';
}

/* The line goes to the server as it stands. */
static void take_as_is(struct lines_typed *typed, const char *line, const char *said)
{
    (void)snprintf(typed->request, sizeof typed->request, "%s", line);
    typed->said = typed->request + (said - line);
}

void lines_say(struct lines_typed *typed, const char *text)
{
    *typed = (struct lines_typed){.kind = LINES_REQUEST};
    (void)snprintf(typed->request, sizeof typed->request, "msg:%s", text);
    typed->said = typed->request + strlen("msg:");
}

/* Makes a command's request: the word, ':' and the arguments. */
static void make_request(struct lines_typed *typed)
{
    const char *request = typed->row->request;
    size_t length = strlen(request);

    if (typed->text[0] == '\0' && request[length - 1] == ':')
        length--;
    (void)snprintf(typed->request, sizeof typed->request, "%.*s%s", (int)length, request,
                   typed->text);
    typed->said = typed->request + (strncmp(request, "msg:", 4) == 0 ? 4 : 0);
}

/* A name may be typed as it is mentioned, "@NAME". */
static void drop_at(struct lines_typed *typed)
{
    if (typed->text[0] == '@')
        memmove(typed->text, typed->text + 1, strlen(typed->text));
}

/* "NAME TEXT" of LINES_TELL. False: it has another form. */
static bool split_tell(struct lines_typed *typed)
{
    const char *rest;

    drop_at(typed);
    if (!protocol_parse_name(typed->text, typed->name, &rest) || rest[0] == '\0')
        return false;
    memmove(typed->text, rest, strlen(rest) + 1);
    return true;
}

/* As in a shell, quotes around a name are not part of it. Some terminals put them there when a file
 * is dropped on them. */
static void unquote(struct lines_typed *typed)
{
    size_t length = strlen(typed->text);
    char quote = typed->text[0];

    if (length < 2 || (quote != '"' && quote != '\'') ||
        strchr(typed->text + 1, quote) != typed->text + length - 1)
        return;
    memmove(typed->text, typed->text + 1, length - 2);
    typed->text[length - 2] = '\0';
}

static void parse_command(struct lines_typed *typed, const char *line)
{
    size_t length = strcspn(line + 1, " "), end;
    const char *rest = line + 1 + length;

    (void)snprintf(typed->word, sizeof typed->word, "%.*s", (int)length, line + 1);
    (void)snprintf(typed->text, sizeof typed->text, "%s", rest + strspn(rest, " "));
    for (end = strlen(typed->text); end > 0 && typed->text[end - 1] == ' '; end--)
        typed->text[end - 1] = '\0'; /* Tab adds a space */
    typed->row = lines_command(typed->word);
    typed->kind = LINES_UNKNOWN;
    if (typed->row == NULL)
        return;
    typed->kind = typed->row->kind;
    if (typed->row->completes == LINES_SERVER_FILE || typed->row->completes == LINES_LOCAL_FILE)
        unquote(typed);
    if (typed->row->completes == LINES_NAME)
        drop_at(typed);
    if (typed->text[0] == '\0' && typed->row->arguments[0] != '\0' && !is_optional(typed->row))
        typed->kind = LINES_INCOMPLETE;
    else if (typed->text[0] != '\0' && typed->row->arguments[0] == '\0')
        typed->kind = LINES_EXCESS;
    else if (typed->kind == LINES_TELL && !split_tell(typed))
        typed->kind = LINES_INCOMPLETE;
    else if (typed->row->request != NULL)
        make_request(typed);
}

/* Whether the line is the request of this row. *text: its arguments. */
static bool is_request(const struct lines_row *row, const char *line, const char **text)
{
    size_t length = strlen(row->word);

    if (row->word[0] == '/' || strncmp(line, row->word, length) != 0)
        return false;
    *text = line + length;
    if (row->word[length - 1] != ':')
        return **text == '\0';
    return **text != '\0' || is_optional(row);
}

static void parse_request(struct lines_typed *typed, const char *line)
{
    const char *text = line;

    for (size_t i = 0; i < ROWS && typed->row == NULL; i++)
        if (is_request(&rows[i], line, &text))
            typed->row = &rows[i];
    take_as_is(typed, line, strncmp(line, "msg:", 4) == 0 ? line + 4 : line);
    if (typed->row == NULL)
        return;
    typed->kind = typed->row->kind;
    (void)snprintf(typed->text, sizeof typed->text, "%s", text);
    if (typed->kind == LINES_TELL && !split_tell(typed))
        typed->kind = LINES_REQUEST; /* the server says what is wrong with it */
}

void lines_parse(struct lines_typed *typed, const char *line, bool commands)
{
    const char *command = line + strspn(line, " "); /* a space keeps it out of the history */

    *typed = (struct lines_typed){.kind = LINES_REQUEST};
    if (commands && command[0] == '/' && command[1] == '/')
        lines_say(typed, command + 1);
    else if (commands && command[0] == '/')
        parse_command(typed, command);
    else
        parse_request(typed, line);
    if (!commands || typed->row == NULL)
        return;
    if (lines_is_said(typed->row))
        lines_say(typed, line);
    else if (strcmp(typed->row->word, "help") == 0)
        typed->kind = LINES_HELP;
}

bool lines_moves_file(const char *line)
{
    struct lines_typed typed;

    lines_parse(&typed, line, true);
    return typed.kind == LINES_GET || typed.kind == LINES_PUT;
}

bool lines_asks_work(const char *line)
{
    static const char *const words[] = {"list", "sum:", "got:", "exit"};
    struct lines_typed typed;

    lines_parse(&typed, line, true);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(typed.request, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}
