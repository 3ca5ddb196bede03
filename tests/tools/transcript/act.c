#define _POSIX_C_SOURCE 200809L

#include "tests/tools/transcript/act.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/protocol.h"
#include "server/wire/text.h"
#include "tests/tools/transcript/client.h"
#include "tests/tools/transcript/complaint.h"

#define CHUNK   65536 /* bytes of a file at a time */
#define LOOK_MS 10    /* between a question and the same again */

static const char *status_words(enum client_status status)
{
    static const char *const words[] = {
        [CLIENT_CAME] = "it came",
        [CLIENT_ENDED] = "the connection has ended",
        [CLIENT_LATE] = "nothing came in time",
        [CLIENT_TOO_LONG] = "a line came that is longer than the protocol allows",
    };

    return words[status];
}

static void complain_of(const char *line, size_t length) __attribute__((noreturn));

static void complain_of(const char *line, size_t length)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX)];

    text_show(shown, sizeof shown, line, length);
    complain("What came instead:\n  %s", shown);
}

/* ---- what clients do: each is called with what stands after its word */

static void do_connect(const char *name, char *rest, const char *host, const char *port)
{
    char *from = strstr(rest, "from "), *address = from != NULL ? from + strlen("from ") : NULL;

    if (from != NULL)
        *from = '\0';
    rest[strcspn(rest, " ")] = '\0';
    if (client_connect(name, *rest != '\0' ? rest : host, port, address) == NULL)
        complain("Cannot connect: %s", strerror(errno));
}

static void say(struct client *client, const char *source, bool whole)
{
    size_t length;
    char *text = must_understand(source, &length);

    client_note(client, '>', text, length);
    if (whole)
        text[length++] = '\n'; /* with the line: two writes would wait for each other (Nagle) */
    client_send(client, text, length);
    free(text);
}

static void do_say(struct client *client, char *rest)
{
    say(client, rest, true);
}

static void do_say_part(struct client *client, char *rest)
{
    say(client, rest, false);
}

static char *next_line(struct client *client, size_t *length)
{
    char *line;
    enum client_status status = client_line(client, &line, length);

    if (status != CLIENT_CAME)
        complain("What came instead: %s", status_words(status));
    return line;
}

static void do_expect(struct client *client, char *rest)
{
    size_t length;
    char *line = next_line(client, &length);

    if (!must_match(rest, line, length))
        complain_of(line, length);
}

static void do_pass_over(struct client *client, char *rest)
{
    size_t length;
    char *line;

    do
        line = next_line(client, &length);
    while (!must_match(rest, line, length));
}

/* Reads as many bytes and compares them. `before` of them came already. */
static void expect_bytes(struct client *client, const char *wanted, size_t size, size_t before)
{
    char came[CHUNK];
    size_t got;
    enum client_status status = client_bytes(client, came, size, &got);

    for (size_t i = 0; i < got; i++) {
        if (came[i] != wanted[i])
            complain("Byte %zu is another one", before + i);
    }
    if (got < size)
        complain("After %zu bytes: %s", before + got, status_words(status));
}

static void do_expect_part(struct client *client, char *rest)
{
    size_t length;
    char *text = must_understand(rest, &length);

    for (size_t i = 0; i < length; i += CHUNK)
        expect_bytes(client, text + i, length - i < CHUNK ? length - i : CHUNK, i);
    free(text);
}

/* Gives each piece of a file to `use`, with its place. */
static void each_piece(const char *path, struct client *client,
                       void (*use)(struct client *, const char *, size_t, size_t))
{
    char piece[CHUNK];
    FILE *file = fopen(path, "r");
    size_t got, before = 0;

    if (file == NULL)
        complain("Cannot read %s: %s", path, strerror(errno));
    for (; (got = fread(piece, 1, sizeof piece, file)) > 0; before += got)
        use(client, piece, got, before);
    (void)fclose(file);
}

static void send_piece(struct client *client, const char *bytes, size_t size, size_t before)
{
    (void)before;
    client_send(client, bytes, size);
}

static void do_send(struct client *client, char *rest)
{
    each_piece(rest, client, send_piece);
}

static void do_receive(struct client *client, char *rest)
{
    char came[CHUNK], *unit;
    size_t left = strtoul(rest, &unit, 10);

    if (unit == rest || strcmp(unit, " bytes") != 0) {
        each_piece(rest, client, expect_bytes);
        return;
    }
    while (left > 0) {
        size_t got;
        enum client_status status = client_bytes(client, came, left < CHUNK ? left : CHUNK, &got);

        left -= got;
        if (status != CLIENT_CAME)
            complain("%zu bytes before the last: %s", left, status_words(status));
    }
}

static void do_expect_end(struct client *client, char *rest)
{
    char *line;
    size_t length;
    enum client_status status = client_line(client, &line, &length);

    (void)rest;
    if (status == CLIENT_CAME)
        complain_of(line, length);
    if (status != CLIENT_ENDED)
        complain("What came instead: %s", status_words(status));
}

static void end(struct client *client, enum client_ending ending)
{
    enum client_status status = client_end(client, ending);

    if (status != CLIENT_CAME)
        complain("Cannot be done: %s", status_words(status));
}

static void do_close(struct client *client, char *rest)
{
    (void)rest;
    end(client, CLIENT_CLOSE);
}

static void do_shut(struct client *client, char *rest)
{
    (void)rest;
    end(client, CLIENT_SHUT);
}

static void do_reset(struct client *client, char *rest)
{
    (void)rest;
    end(client, CLIENT_RESET);
}

static void do_dribble(struct client *client, char *rest)
{
    (void)rest;
    client_dribble(client);
}

static void do_signal(struct client *client, char *rest)
{
    int number = strcmp(rest, "STOP") == 0   ? SIGSTOP
                 : strcmp(rest, "CONT") == 0 ? SIGCONT
                 : strcmp(rest, "KILL") == 0 ? SIGKILL
                                             : 0;

    if (number == 0)
        misunderstood("expected STOP, CONT or KILL");
    if (client_handler(client) == 0)
        complain("Its handler is not known");
    if (kill(client_handler(client), number) != 0)
        complain("Cannot be done: %s", strerror(errno));
}

/* Whether a line between replies: what the room says. */
static bool of_room(const char *line)
{
    return strncmp(line, "13", 2) == 0;
}

static void do_ask(struct client *client, char *rest)
{
    char *until = strstr(rest, " until "), *line;
    const char *pattern = until != NULL ? until + strlen(" until ") : NULL;
    size_t length;
    bool matched = false, last;

    if (until == NULL)
        misunderstood("expected NAME asks TEXT until PATTERN");
    *until = '\0';
    for (;;) {
        say(client, rest, true);
        do
            line = next_line(client, &length);
        while (of_room(line));
        do {
            last = length > 3 && line[0] != ' ' && line[3] == ' ';
            matched = must_match(pattern, line, length) || matched;
            line = last ? line : next_line(client, &length);
        } while (!last);
        if (matched)
            return;
        if (!client_wait(LOOK_MS))
            complain("No answer matched in time");
    }
}

/* ---- a line taken apart */

/* What stands between the client's name and the rest. The longer mark comes first. */
static const struct {
    const char *mark;
    void (*act)(struct client *client, char *rest);
} marks[] = {
    {">>", do_say_part},    {">", do_say},    {"<<", do_expect_part},
    {"<...", do_pass_over}, {"<", do_expect},
};

static const struct {
    const char *verb;
    void (*act)(struct client *client, char *rest);
} verbs[] = {
    {"asks", do_ask},        {"sends", do_send},       {"receives", do_receive},
    {"ends", do_expect_end}, {"closes", do_close},     {"shuts", do_shut},
    {"resets", do_reset},    {"dribbles", do_dribble}, {"handler", do_signal},
};

static struct client *client_of(const char *name)
{
    struct client *client = client_find(name);

    if (client == NULL)
        misunderstood("no client of that name has connected");
    return client;
}

static void act_mark(const char *name, char *at)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t length = strlen(marks[i].mark);

        if (strncmp(at, marks[i].mark, length) != 0)
            continue;
        at += length;
        marks[i].act(client_of(name), *at == ' ' ? at + 1 : at);
        return;
    }
}

static void act_verb(const char *name, char *verb, const char *host, const char *port)
{
    char *rest = verb + strcspn(verb, " ");
    size_t length;

    if (*rest != '\0')
        *rest++ = '\0';
    if (strcmp(verb, "asks") != 0)
        rest = must_understand(rest, &length);
    if (strcmp(verb, "connect") == 0) {
        do_connect(name, rest, host, port);
        free(rest);
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].verb, verb) == 0) {
            verbs[i].act(client_of(name), rest);
            if (verbs[i].act != do_ask)
                free(rest);
            return;
        }
    }
    misunderstood("no client does that");
}

void act(char *line, const char *host, const char *port)
{
    char *at = line + strcspn(line, " <>"), after = *at, *name;
    size_t length;

    if (at == line || after == '\0')
        misunderstood("expected a client's name, and what it does");
    *at = '\0';
    name = must_understand(line, &length);
    *at = after;
    client_begin_wait();
    if (after == ' ')
        act_verb(name, at + 1, host, port);
    else
        act_mark(name, at);
    free(name);
}
