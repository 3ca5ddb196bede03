#define _POSIX_C_SOURCE 200809L

#include "client/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/protocol.h"
#include "server/text.h"

static const char FILE_REQUEST[] = "file:";

void request_say(const struct style *style, const char *format, ...)
{
    char said[PROTOCOL_REPLY_MAX + 512], shown[TEXT_SHOWN_SIZE(sizeof said)];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    text_show(shown, sizeof shown, said, strlen(said));
    (void)fflush(stdout);
    if (style->interactive)
        printf("%s\n", shown);
    else
        fprintf(stderr, "rollcall: %s\n", shown);
}

static void show_line(const struct style *style, bool first, const char *text)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX)];

    text_show(shown, sizeof shown, text, strlen(text));
    printf("%s%s\n", style->interactive && first ? "Server says: " : "", shown);
}

static void show_item(void *context, size_t number, const char *text)
{
    show_line(context, number == 0, text);
}

static enum request_end lost(const struct style *style, enum remote_state state)
{
    if (state == REMOTE_CLOSED && style->interactive)
        request_say(style, "Connection closed by the server");
    else
        request_say(style, "%s", remote_state_text(state));
    return REQUEST_LOST;
}

/* Before 421 a server that shuts down may have reset the connection to what we sent. */
static enum remote_state send_line(struct remote *remote, const char *line, size_t length)
{
    enum remote_state state = remote_send(remote, line, length);

    if (state == REMOTE_BROKEN && (errno == EPIPE || errno == ECONNRESET))
        return REMOTE_READY; /* what it said before is still to be read */
    return state;
}

static enum request_end save_file(struct remote *remote, const struct style *style,
                                  struct transfer *transfer, const char *name, const char *fields)
{
    char error[PATH_MAX + 512];
    const char *server_name;
    uint64_t length, offset;
    enum remote_state state;

    if (!protocol_parse_transfer(fields, &length, &offset, &server_name) || offset != 0)
        return lost(style, REMOTE_STRANGE);
    state = transfer_receive(transfer, remote, length, error, sizeof error);
    if (state != REMOTE_READY) {
        request_say(style, "%s", error);
        return REQUEST_LOST;
    }
    if (error[0] != '\0' || transfer_finish(transfer, style->overwrite, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    if (style->interactive)
        request_say(style, "File received: %s", name);
    else {
        char shown[TEXT_SHOWN_SIZE(PROTOCOL_REQUEST_MAX)];

        text_show(shown, sizeof shown, name, strlen(name));
        fprintf(stderr, "File received: %s\n", shown);
    }
    return REQUEST_DONE;
}

static enum request_end show_answer(const struct style *style, const struct answer *answer,
                                    const char *about)
{
    if (answer->code == REPLY_CLOSING) {
        request_say(style, "%s", answer->text);
        return REQUEST_LOST;
    }
    if (answer->code == REPLY_BYE)
        return REQUEST_OVER;
    if (answer->code >= 400) {
        if (about != NULL && !style->interactive)
            request_say(style, "%s: %s", about, answer->text);
        else
            request_say(style, "%s", answer->text);
        return REQUEST_FAILED;
    }
    if (answer->items > 0)
        return REQUEST_DONE; /* they were shown as they came */
    if (answer->code == REPLY_MESSAGE || style->interactive)
        show_line(style, true, answer->text); /* an empty list in a filter is nothing */
    return REQUEST_DONE;
}

/* A request for a file, whose temporary place is made first: what is wrong here is said at once. */
static enum request_end fetch(struct remote *remote, const struct style *style, const char *line,
                              size_t length)
{
    const char *name = line + strlen(FILE_REQUEST);
    char error[PATH_MAX + 512];
    struct transfer transfer;
    struct answer answer;
    enum request_end end;
    enum remote_state state;

    if (transfer_begin(&transfer, name, style->output, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    state = send_line(remote, line, length);
    if (state == REMOTE_READY)
        state = remote_answer(remote, &answer, show_item, (void *)style);
    if (state != REMOTE_READY)
        end = lost(style, state);
    else if (answer.code == REPLY_FILE_FOLLOWS)
        end = save_file(remote, style, &transfer, name, answer.text);
    else
        end = show_answer(style, &answer, name);
    transfer_abandon(&transfer);
    return end;
}

enum request_end request_make(struct remote *remote, const struct style *style, const char *line,
                              size_t length)
{
    struct answer answer;
    enum remote_state state;

    if (length > PROTOCOL_REQUEST_MAX || !text_is_clean(line, length)) {
        request_say(style, "expected a line of UTF-8 text of at most %d bytes; not sent",
                    PROTOCOL_REQUEST_MAX);
        return REQUEST_FAILED;
    }
    remote->patience_ms = REMOTE_ANSWER_MS;
    if (strncmp(line, FILE_REQUEST, strlen(FILE_REQUEST)) == 0 &&
        line[strlen(FILE_REQUEST)] != '\0')
        return fetch(remote, style, line, length);
    state = send_line(remote, line, length);
    if (state == REMOTE_READY)
        state = remote_answer(remote, &answer, show_item, (void *)style);
    if (state != REMOTE_READY)
        return lost(style, state);
    if (answer.code == REPLY_FILE_FOLLOWS) /* nobody asked */
        return lost(style, REMOTE_STRANGE);
    return show_answer(style, &answer, NULL);
}

enum request_end request_greeting(struct remote *remote, const struct style *style)
{
    static const char enter[] = "Enter ";
    struct answer greeting;
    enum remote_state state = remote_answer(remote, &greeting, show_item, (void *)style);
    size_t length;

    if (state != REMOTE_READY)
        return lost(style, state);
    length = strlen(greeting.text);
    if (greeting.code == REPLY_CLOSING) {
        if (length > 0 && greeting.text[length - 1] == '.')
            greeting.text[length - 1] = '\0';
        request_say(style, "%s", greeting.text);
        return REQUEST_LOST;
    }
    if (greeting.code != REPLY_GREETING || strncmp(greeting.text, enter, strlen(enter)) != 0)
        return lost(style, REMOTE_STRANGE);
    if (style->interactive)
        request_say(style, "%s", greeting.text);
    return REQUEST_DONE;
}

void request_leave(struct remote *remote, const struct style *style)
{
    static const char leave[] = "exit";
    struct answer answer;

    remote->patience_ms = REMOTE_GOODBYE_MS;
    if (remote_send(remote, leave, strlen(leave)) == REMOTE_READY)
        (void)remote_answer(remote, &answer, show_item, (void *)style);
}
