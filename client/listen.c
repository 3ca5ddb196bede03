#define _POSIX_C_SOURCE 200809L

#include "client/listen.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/link/hello.h"
#include "client/terminal/show.h"
#include "server/wire/clock.h"
#include "server/wire/name.h"
#include "server/wire/text.h"

/* A room line in JSON: the value of its "event", and the key of its text. */
static const struct {
    const char *event, *text; /* text NULL: the line is a name alone */
} events[] = {
    [ROOM_LINE_SAID - ROOM_LINE_SAID] = {"said", "text"},
    [ROOM_LINE_TOLD - ROOM_LINE_SAID] = {"told", "text"},
    [ROOM_LINE_CAME - ROOM_LINE_SAID] = {"came", NULL},
    [ROOM_LINE_WENT - ROOM_LINE_SAID] = {"went", NULL},
    [ROOM_LINE_RENAMED - ROOM_LINE_SAID] = {"renamed", "to"},
    [ROOM_LINE_LOST - ROOM_LINE_SAID] = {"lost", NULL},
    [ROOM_LINE_RAISED - ROOM_LINE_SAID] = {"raised", "text"},
    [ROOM_LINE_LOWERED - ROOM_LINE_SAID] = {"lowered", NULL},
    [ROOM_LINE_EARLIER - ROOM_LINE_SAID] = {"earlier", "text"},
    [ROOM_LINE_ANNOUNCED - ROOM_LINE_SAID] = {"announced", "text"},
};

struct listener {
    struct remote *remote;
    const struct voice *voice;
    const char *awaited; /* the name that is waited for; NULL: every line is printed */
    bool found;          /* the awaited client is here */
    bool json;           /* how the lines are printed */
    struct show show;
};

static void print_json(const struct room_line *line)
{
    const char *rest = line->text, *what = events[line->code - ROOM_LINE_SAID].text;
    char name[PROTOCOL_NAME_MAX + 1] = "", when[CLOCK_UTC_SIZE];

    clock_utc(when, line->when);
    if (line->code != ROOM_LINE_ANNOUNCED && !protocol_parse_name(line->text, name, &rest))
        return;
    fputs("{\"time\": ", stdout);
    text_json(stdout, when, strlen(when));
    printf(", \"event\": \"%s\", \"%s\": ", events[line->code - ROOM_LINE_SAID].event,
           line->code == ROOM_LINE_LOST ? "count" : "name");
    if (line->code == ROOM_LINE_ANNOUNCED || strcmp(name, "*") == 0)
        fputs("null", stdout);
    else
        text_json(stdout, name, strlen(name));
    if (what != NULL) {
        printf(", \"%s\": ", what);
        text_json(stdout, rest, strlen(rest));
    }
    puts("}");
}

/* remote_room */
static void hear(void *context, const struct room_line *line)
{
    struct listener *listener = context;
    char name[PROTOCOL_NAME_MAX + 1], shown[SHOW_MAX];
    const char *rest;

    if (listener->awaited != NULL) {
        if (!protocol_parse_name(line->text, name, &rest))
            return;
        if (line->code == ROOM_LINE_CAME)
            listener->found |= name_same(name, listener->awaited);
        else if (line->code == ROOM_LINE_RENAMED)
            listener->found |= name_same(rest, listener->awaited);
    } else if (listener->json) {
        print_json(line);
    } else if (show_room_line(shown, &listener->show, line->when, line->code, line->text)) {
        puts(shown);
    }
    (void)fflush(stdout);
}

/* remote_item: a line of the answer to "status", which names a client that is here. */
static void look_for(void *context, size_t number, const char *text)
{
    struct listener *listener = context;
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;

    (void)number;
    if (protocol_parse_name(text, name, &rest) && !name_same(name, listener->remote->name))
        listener->found |= name_same(name, listener->awaited);
}

/* Hears until the awaited name is here or the session ends. Returns the exit status. */
static int hear_on(struct listener *listener)
{
    struct remote *remote = listener->remote;
    struct answer answer = {.code = 0};
    struct pollfd either[2] = {{.fd = remote->fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};

    while (!listener->found) {
        enum remote_state state = REMOTE_READY;

        remote_ping(remote);
        if (!remote_pending(remote) && poll(either, 2, remote_patience(remote, -1)) <= 0)
            continue;
        if ((either[1].revents & (POLLERR | POLLHUP)) != 0)
            return EXIT_FAILURE; /* stdout is closed: end without a message */
        state = remote_hear(remote, &answer);
        if (ferror(stdout))
            return EXIT_FAILURE;
        if (state == REMOTE_READY && answer.code == 0)
            continue;
        if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
            voice_error(listener->voice, "%s", answer.text);
        else
            (void)answer_lost(remote, listener->voice,
                              state == REMOTE_READY ? REMOTE_STRANGE : state);
        return EXIT_FAILURE;
    }
    (void)hello_leave(remote, listener->voice);
    return EXIT_SUCCESS;
}

static bool join(struct listener *listener)
{
    struct remote *remote = listener->remote;
    char room[ROOM_NAME], run[ROOM_RUN];
    struct answer answer;
    uint64_t next;
    enum remote_state state;

    remote->wait = NULL;
    remote->room = hear;
    remote->context = listener;
    state = remote_ask(remote, &answer, remote_ignore, NULL, "join:");
    if (state != REMOTE_READY) {
        (void)answer_lost(remote, listener->voice, state);
        return false;
    }
    if (answer.code == REPLY_MESSAGE &&
        room_line_joined(answer.text, room, sizeof room, run, sizeof run, &next)) {
        remote->numbered = run[0] != '\0';
        return true;
    }
    if (answer.code == REPLY_CLOSING)
        (void)answer_lost(remote, listener->voice, REMOTE_ENDED);
    else
        voice_error(listener->voice, "the server does not support joining");
    return false;
}

int listen_run(struct remote *remote, const struct voice *voice, bool json)
{
    struct listener listener = {.remote = remote,
                                .voice = voice,
                                .json = json,
                                .show = {.timestamps = voice->timestamps, .name = ""}};

    return join(&listener) ? hear_on(&listener) : EXIT_FAILURE;
}

int listen_wait(struct remote *remote, const struct voice *voice, const char *name)
{
    struct listener listener = {.remote = remote, .voice = voice, .awaited = name};
    struct answer answer;
    enum remote_state state;

    if (!join(&listener))
        return EXIT_FAILURE;
    state = remote_ask(remote, &answer, look_for, &listener, "status");
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY) {
        (void)answer_lost(remote, voice, state);
        return EXIT_FAILURE;
    }
    return hear_on(&listener);
}
