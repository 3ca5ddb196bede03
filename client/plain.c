#define _POSIX_C_SOURCE 200809L

#include "client/plain.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/files/put.h"
#include "client/link/hello.h"
#include "server/wire/text.h"

/* What is typed ahead is here, also for the question below. */
static struct line_reader input;
static bool input_ended;

static enum line_status next_input(char **line, size_t *length)
{
    enum line_status status = line_next(&input, line, length);

    if (status == LINE_NONE && input_ended)
        status = line_rest(&input, line, length);
    return status;
}

static void read_input(void)
{
    ssize_t got = line_fill(&input);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        input_ended = true;
}

bool conversation_overwrite(void *context, const char *path)
{
    char shown[TEXT_SHOWN_SIZE(PATH_MAX)];
    enum line_status status;
    char *line;
    size_t length;

    (void)context;
    text_show(shown, sizeof shown, path, strlen(path));
    printf("Overwrite %s? (y/N) ", shown);
    (void)fflush(stdout);
    while ((status = next_input(&line, &length)) == LINE_NONE && !input_ended)
        read_input();
    return status == LINE_READY && (strcmp(line, "y") == 0 || strcmp(line, "yes") == 0);
}

enum heard { HEARD_INPUT, HEARD_SERVER };

/* Nothing has been asked: what the server does now is its end, or was said by others. */
static enum heard wait_for_either(const struct remote *remote)
{
    struct pollfd either[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = remote->fd, .events = POLLIN}};

    while (poll(either, 2, -1) < 0 && errno == EINTR)
        ;
    return either[1].revents != 0 ? HEARD_SERVER : HEARD_INPUT;
}

/* Drops a line of the room: after a typed "join", too, this mode shows only answers. */
static void pass_over(void *context, int code, const char *text)
{
    (void)context;
    (void)code;
    (void)text;
}

/* False: the server has ended. */
static bool hear_server(struct remote *remote, const struct voice *voice)
{
    struct answer answer;
    enum remote_state state;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    state = remote_hear(remote, &answer);
    if (state == REMOTE_READY && answer.code == 0)
        return true;
    if (voice->interactive)
        putchar('\n'); /* off the prompt's line */
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        voice_error(voice, "%s", answer.text);
    else if (state == REMOTE_READY)
        voice_error(voice, "%s", remote_state_text(remote, REMOTE_STRANGE));
    else if (state == REMOTE_CLOSED && voice->interactive)
        voice_error(voice, "Connection closed by the server");
    else
        voice_error(voice, "%s", remote_state_text(remote, state));
    return false;
}

/* "file:NAME" or "put:NAME". A client that was stopped meanwhile may have missed the server's last
 * words. */
static enum answer_end move_file(struct remote *remote, const struct voice *voice,
                                 const struct download_options *options, const char *line,
                                 size_t length)
{
    const char *name = strchr(line, ':') + 1;
    enum answer_end end;

    if (!answer_fits(voice, line, length))
        return ANSWER_FAILED;
    end = line[0] == 'f' ? download_file(remote, voice, options, name)
                         : put_file(remote, voice, name);
    if (end == ANSWER_LOST)
        hello_ask_why(remote, voice);
    return end;
}

/* Makes the request of a typed line. */
static enum answer_end make_request(struct remote *remote, const struct voice *voice,
                                    const struct download_options *options, const char *line,
                                    size_t length)
{
    static const char file[] = "file:", put[] = "put:";

    if ((strncmp(line, file, strlen(file)) == 0 && line[strlen(file)] != '\0') ||
        (strncmp(line, put, strlen(put)) == 0 && line[strlen(put)] != '\0'))
        return move_file(remote, voice, options, line, length);
    return answer_request(remote, voice, line, length);
}

/* Makes a request of a line of input. */
static enum answer_end take_line(struct remote *remote, const struct voice *voice,
                                 const struct download_options *options, bool messages,
                                 const char *line, size_t length)
{
    static const char prefix[] = "msg:";
    char message[sizeof prefix + PROTOCOL_REQUEST_MAX];

    if (!messages || length > PROTOCOL_REQUEST_MAX)
        return make_request(remote, voice, options, line, length);
    memcpy(message, prefix, sizeof prefix - 1);
    memcpy(message + sizeof prefix - 1, line, length);
    message[sizeof prefix - 1 + length] = '\0';
    return answer_request(remote, voice, message, sizeof prefix - 1 + length);
}

static int leave(struct remote *remote, const struct voice *voice, bool said, int status)
{
    voice_say(voice, "Exiting");
    if (!said && hello_leave(remote, voice) == ANSWER_LOST)
        status = EXIT_FAILURE;
    voice_say(voice, "Disconnected");
    return status;
}

int conversation_run(struct remote *remote, const struct voice *voice,
                     const struct download_options *options, bool messages)
{
    int status = EXIT_SUCCESS;
    bool prompted = false;

    line_reader_init(&input, STDIN_FILENO, PROTOCOL_REQUEST_MAX);
    remote->room = pass_over;
    for (;;) {
        enum answer_end end = ANSWER_DONE;
        char *line;
        size_t length;

        if (voice->interactive && !prompted)
            printf("Enter message (or type 'exit' to disc): ");
        prompted = true;
        if (fflush(stdout) != 0)
            return EXIT_FAILURE;
        switch (next_input(&line, &length)) {
        case LINE_READY:
            end = take_line(remote, voice, options, messages, line, length);
            prompted = false;
            break;
        case LINE_TOO_LONG:
            voice_error(voice, "expected a line of at most %d bytes; not sent",
                        PROTOCOL_REQUEST_MAX);
            end = ANSWER_FAILED;
            prompted = false;
            break;
        case LINE_NONE:
            if (input_ended) {
                if (voice->interactive)
                    putchar('\n');
                return leave(remote, voice, false, status);
            }
            if (wait_for_either(remote) == HEARD_INPUT) {
                read_input();
                continue;
            }
            if (hear_server(remote, voice))
                continue;
            end = ANSWER_LOST;
            break;
        }
        if (end == ANSWER_OVER)
            return leave(remote, voice, true, status);
        if (end == ANSWER_LOST) {
            voice_say(voice, "Disconnected");
            return EXIT_FAILURE;
        }
        if (end == ANSWER_FAILED && !voice->interactive)
            status = EXIT_FAILURE;
    }
}
