#define _POSIX_C_SOURCE 200809L

#include "client/plain.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/files/put.h"
#include "client/lines.h"
#include "client/link/hello.h"
#include "server/wire/text.h"

struct plain {
    struct remote *remote;
    const struct voice *voice;
    struct download_options options;
    bool messages;            /* each line is a message */
    struct line_reader input; /* lines of stdin: the next requests, and answers to questions */
    bool input_ended;
};

/* ---- stdin */

static enum line_status next_input(struct plain *plain, char **line, size_t *length)
{
    enum line_status status = line_next(&plain->input, line, length);

    if (status == LINE_NONE && plain->input_ended)
        status = line_rest(&plain->input, line, length);
    return status;
}

static void read_input(struct plain *plain)
{
    ssize_t got = line_fill(&plain->input);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        plain->input_ended = true;
}

/* Waits for input or for the server (-1: not for it). True: the server sent something, or closed.
 */
static bool wait_for_either(struct remote *remote, int server)
{
    struct pollfd either[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = server, .events = POLLIN}};
    int ready;

    do {
        remote_ping(remote);
        ready = poll(either, 2, remote_patience(remote, -1));
    } while (ready == 0 || (ready < 0 && errno == EINTR));
    return either[1].revents != 0;
}

/* partial_overwrite: asks at the terminal. */
static bool ask_overwrite(void *context, const char *path)
{
    struct plain *plain = context;
    char shown[TEXT_SHOWN_SIZE(PATH_MAX)];
    enum line_status status;
    char *line;
    size_t length;

    text_show(shown, sizeof shown, path, strlen(path));
    printf("Overwrite %s? (y/N) ", shown);
    (void)fflush(stdout);
    while ((status = next_input(plain, &line, &length)) == LINE_NONE && !plain->input_ended) {
        (void)wait_for_either(plain->remote, -1);
        read_input(plain);
    }
    return status == LINE_READY && (strcmp(line, "y") == 0 || strcmp(line, "yes") == 0);
}

/* ---- the server, while no request is under way */

/* remote_room: after the request "join" the server sends what others say; it is not shown here. */
static void skip_room_line(void *context, const struct room_line *line)
{
    (void)context;
    (void)line;
}

/* Reads what the server sent unasked: room lines, or the end of the session. False: it has ended.
 */
static bool hear_server(struct plain *plain)
{
    const struct voice *voice = plain->voice;
    struct remote *remote = plain->remote;
    struct answer answer;
    enum remote_state state;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    state = remote_hear(remote, &answer);
    if (state == REMOTE_READY && answer.code == 0)
        return true;
    if (voice->interactive)
        putchar('\n'); /* ends the prompt's line */
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        voice_error(voice, "%s", answer.text);
    else
        (void)answer_lost(remote, voice, state == REMOTE_READY ? REMOTE_STRANGE : state);
    return false;
}

/* ---- requests */

/* Hands in or fetches a file. If the client was stopped meanwhile it may have missed why the server
 * ended the session, so it asks the server. */
static enum answer_end move_file(struct plain *plain, const struct lines_typed *typed)
{
    enum answer_end end =
        typed->kind == LINES_GET
            ? download_file(plain->remote, plain->voice, &plain->options, typed->text)
            : put_file(plain->remote, plain->voice, typed->text);

    if (end == ANSWER_LOST)
        hello_ask_why(plain->remote, plain->voice);
    return end;
}

static enum answer_end take_line(struct plain *plain, const char *line, size_t length)
{
    struct lines_typed typed;

    if (!answer_fits(plain->voice, line, length))
        return ANSWER_FAILED;
    if (plain->messages)
        lines_say(&typed, line);
    else
        lines_parse(&typed, line, false);
    if (typed.kind == LINES_GET || typed.kind == LINES_PUT)
        return move_file(plain, &typed);
    return answer_request(plain->remote, plain->voice, typed.request, strlen(typed.request), NULL);
}

static int leave(struct plain *plain, bool said, int status)
{
    voice_say(plain->voice, "Exiting");
    if (!said && hello_leave(plain->remote, plain->voice) == ANSWER_LOST)
        status = EXIT_FAILURE;
    voice_say(plain->voice, "Disconnected");
    return status;
}

static int converse(struct plain *plain)
{
    const struct voice *voice = plain->voice;
    int status = EXIT_SUCCESS;
    bool prompted = false;

    for (;;) {
        enum answer_end end = ANSWER_DONE;
        char *line;
        size_t length;

        if (voice->interactive && !prompted)
            printf("Enter message (or type 'exit' to disc): ");
        prompted = true;
        if (fflush(stdout) != 0)
            return EXIT_FAILURE;
        switch (next_input(plain, &line, &length)) {
        case LINE_READY:
            end = take_line(plain, line, length);
            prompted = false;
            break;
        case LINE_TOO_LONG:
            voice_error(voice, "expected a line of at most %d bytes; not sent",
                        PROTOCOL_REQUEST_MAX);
            end = ANSWER_FAILED;
            prompted = false;
            break;
        case LINE_NONE:
            if (plain->input_ended) {
                if (voice->interactive)
                    putchar('\n');
                return leave(plain, false, status);
            }
            if (!wait_for_either(plain->remote, plain->remote->fd)) {
                read_input(plain);
                continue;
            }
            if (hear_server(plain))
                continue;
            end = ANSWER_LOST;
            break;
        }
        if (end == ANSWER_OVER)
            return leave(plain, true, status);
        if (end == ANSWER_LOST) {
            voice_say(voice, "Disconnected");
            return EXIT_FAILURE;
        }
        if (end == ANSWER_FAILED && !voice->interactive)
            status = EXIT_FAILURE;
    }
}

int plain_run(struct remote *remote, const struct voice *voice,
              const struct download_options *options, bool messages)
{
    struct plain plain = {
        .remote = remote, .voice = voice, .options = *options, .messages = messages};

    if (voice->interactive && options->overwrite == NULL) {
        plain.options.overwrite = ask_overwrite;
        plain.options.context = &plain;
    }
    line_reader_init(&plain.input, STDIN_FILENO, PROTOCOL_REQUEST_MAX);
    remote->room = skip_room_line;
    return converse(&plain);
}
