#define _POSIX_C_SOURCE 200809L

#include "client/plain.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

bool conversation_overwrite(const char *path)
{
    char shown[TEXT_SHOWN_SIZE(PATH_MAX)];
    enum line_status status;
    char *line;
    size_t length;

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

/* Who says "join" here is told nothing of it: this is the bare conversation. */
static void pass_over(int code, const char *text)
{
    (void)code;
    (void)text;
}

/* False: the server has ended. */
static bool hear_server(struct remote *remote, const struct style *style)
{
    struct answer answer;
    enum remote_state state;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    state = remote_hear(remote, &answer);
    if (state == REMOTE_READY && answer.code == 0)
        return true;
    if (style->interactive)
        putchar('\n'); /* off the prompt's line */
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        request_say(style, "%s", answer.text);
    else if (state == REMOTE_READY)
        request_say(style, "%s", remote_state_text(remote, REMOTE_STRANGE));
    else if (state == REMOTE_CLOSED && style->interactive)
        request_say(style, "Connection closed by the server");
    else
        request_say(style, "%s", remote_state_text(remote, state));
    return false;
}

/* Makes a request of a line of input. */
static enum request_end take_line(struct remote *remote, const struct style *style, bool messages,
                                  const char *line, size_t length)
{
    static const char prefix[] = "msg:";
    char message[sizeof prefix + PROTOCOL_REQUEST_MAX];

    if (!messages || length > PROTOCOL_REQUEST_MAX)
        return request_make(remote, style, line, length);
    memcpy(message, prefix, sizeof prefix - 1);
    memcpy(message + sizeof prefix - 1, line, length);
    message[sizeof prefix - 1 + length] = '\0';
    return request_make(remote, style, message, sizeof prefix - 1 + length);
}

static int leave(struct remote *remote, const struct style *style, bool said, int status)
{
    if (style->interactive)
        request_say(style, "Exiting");
    if (!said)
        request_leave(remote, style);
    if (style->interactive)
        request_say(style, "Disconnected");
    return status;
}

int conversation_run(struct remote *remote, const struct style *style, bool messages)
{
    int status = EXIT_SUCCESS;
    bool prompted = false;

    line_reader_init(&input, STDIN_FILENO, PROTOCOL_REQUEST_MAX);
    remote->room = pass_over;
    for (;;) {
        enum request_end end = REQUEST_DONE;
        char *line;
        size_t length;

        if (style->interactive && !prompted)
            printf("Enter message (or type 'exit' to disc): ");
        prompted = true;
        if (fflush(stdout) != 0)
            return EXIT_FAILURE;
        switch (next_input(&line, &length)) {
        case LINE_READY:
            end = take_line(remote, style, messages, line, length);
            prompted = false;
            break;
        case LINE_TOO_LONG:
            request_say(style, "expected a line of at most %d bytes; not sent",
                        PROTOCOL_REQUEST_MAX);
            end = REQUEST_FAILED;
            prompted = false;
            break;
        case LINE_NONE:
            if (input_ended) {
                if (style->interactive)
                    putchar('\n');
                return leave(remote, style, false, status);
            }
            if (wait_for_either(remote) == HEARD_INPUT) {
                read_input();
                continue;
            }
            if (hear_server(remote, style))
                continue;
            end = REQUEST_LOST;
            break;
        }
        if (end == REQUEST_OVER)
            return leave(remote, style, true, status);
        if (end == REQUEST_LOST) {
            if (style->interactive)
                request_say(style, "Disconnected");
            return EXIT_FAILURE;
        }
        if (end == REQUEST_FAILED && !style->interactive)
            status = EXIT_FAILURE;
    }
}
