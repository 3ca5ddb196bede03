#define _POSIX_C_SOURCE 200809L

#include "client/request.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
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

/* ---- files */

static void say_of_file(const struct style *style, const char *format, const char *name,
                        unsigned percent)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REQUEST_MAX)];

    if (style->quiet)
        return;
    text_show(shown, sizeof shown, name, strlen(name));
    fprintf(style->interactive ? stdout : stderr, format, shown, percent);
}

/* Asks for what is missing, and begins anew where the server's file is shorter than ours. The
 * answer is the one that counts. */
static enum remote_state ask_for_file(struct remote *remote, const struct style *style,
                                      struct transfer *transfer, const char *name,
                                      struct answer *answer)
{
    enum remote_state state;

    if (transfer->have > 0) {
        state =
            remote_ask(remote, answer, show_item, (void *)style, "rest:%" PRIu64, transfer->have);
        if (state != REMOTE_READY)
            return state;
        if (answer->code != REPLY_GO_ON && transfer_restart(transfer) != 0)
            return REMOTE_BROKEN;
    }
    state = remote_ask(remote, answer, show_item, (void *)style, "%s%s", FILE_REQUEST, name);
    if (state == REMOTE_READY && answer->code == REPLY_PAST_END) {
        if (transfer_restart(transfer) != 0)
            return REMOTE_BROKEN;
        state = remote_ask(remote, answer, show_item, (void *)style, "%s%s", FILE_REQUEST, name);
    }
    return state;
}

enum proof { PROVEN, DIFFERENT, NO_PROOF };

static bool has_digest(const struct sha256 *sum, const char *hex)
{
    unsigned char digest[SHA256_SIZE];
    char ours[SHA256_HEX_SIZE];

    sha256_end(sum, digest);
    sha256_hex(ours, digest);
    return strcmp(ours, hex) == 0;
}

/* Whether what arrived is what the server has. A server that knows no digests takes the question
 * for a message. */
static enum remote_state prove(struct remote *remote, const struct style *style,
                               const struct sha256 *sum, const char *name, enum proof *proof)
{
    char hex[PROTOCOL_HEX_SIZE];
    struct answer answer;
    uint64_t size;
    enum remote_state state = remote_ask(remote, &answer, show_item, (void *)style, "sum:%s", name);

    *proof = DIFFERENT;
    if (state != REMOTE_READY)
        return state;
    if (answer.code == REPLY_CLOSING)
        return REMOTE_CLOSED;
    if (answer.code == REPLY_MESSAGE)
        *proof = NO_PROOF;
    else if (answer.code == REPLY_DIGEST && protocol_parse_digest(answer.text, hex, &size) &&
             has_digest(sum, hex))
        *proof = PROVEN;
    return REMOTE_READY;
}

/* What follows a REPLY_FILE_FOLLOWS, up to the proof. */
static enum request_end receive(struct remote *remote, const struct style *style,
                                struct transfer *transfer, const char *name, const char *fields,
                                enum proof *proof)
{
    char error[PATH_MAX + 512], shown[TEXT_SHOWN_SIZE(PROTOCOL_REQUEST_MAX)];
    struct progress progress = {.wanted = style->progress && !style->quiet};
    const char *server_name;
    uint64_t length, offset;
    enum remote_state state;

    if (!protocol_parse_transfer(fields, &length, &offset, &server_name) ||
        offset != transfer->have)
        return lost(style, REMOTE_STRANGE);
    if (offset > 0)
        say_of_file(style, "%s: resuming at %u %%\n", name,
                    (unsigned)((double)offset * 100 / (double)(offset + length)));
    (void)fflush(stdout);
    text_show(shown, sizeof shown, name, strlen(name));
    progress_begin(&progress, shown, offset, offset + length);
    state = transfer_receive(transfer, remote, length, &progress, error, sizeof error);
    if (error[0] != '\0') {
        request_say(style, "%s", error);
        return state == REMOTE_READY ? REQUEST_FAILED : REQUEST_LOST;
    }
    state = prove(remote, style, &transfer->sum, name, proof);
    return state == REMOTE_READY ? REQUEST_DONE : lost(style, state);
}

/* A file: what is wrong here is known before a byte is sent, and what differs from the server's at
 * the end is fetched once more. */
static enum request_end fetch(struct remote *remote, const struct style *style, const char *name)
{
    char error[PATH_MAX + 512];
    struct transfer transfer;
    struct sha256 here_sum;
    enum request_end end = REQUEST_DONE;
    enum proof proof = DIFFERENT;
    bool here = false;

    if (style->skip_same && transfer_digest(name, style->output, &here_sum)) {
        enum remote_state state = prove(remote, style, &here_sum, name, &proof);

        if (state != REMOTE_READY)
            return lost(style, state);
        here = proof == PROVEN;
    }
    if (here) {
        say_of_file(style, "File is here already: %s\n", name, 0);
        return REQUEST_DONE;
    }
    proof = DIFFERENT;
    if (transfer_begin(&transfer, name, style->output, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    for (int tries = 0; tries < 2 && proof == DIFFERENT && end == REQUEST_DONE; tries++) {
        struct answer answer;
        enum remote_state state;

        if (tries > 0) {
            request_say(style, "%s changed since it was begun: fetching all of it again", name);
            if (transfer_restart(&transfer) != 0)
                break;
        }
        state = ask_for_file(remote, style, &transfer, name, &answer);
        if (state != REMOTE_READY)
            end = lost(style, state);
        else if (answer.code == REPLY_FILE_FOLLOWS)
            end = receive(remote, style, &transfer, name, answer.text, &proof);
        else if ((end = show_answer(style, &answer, name)) == REQUEST_DONE)
            end = lost(style, REMOTE_STRANGE);
    }
    if (end != REQUEST_DONE) {
        transfer_leave(&transfer);
        return end;
    }
    if (proof == DIFFERENT) {
        request_say(style, "%s is not what the server has: not kept", name);
        transfer_abandon(&transfer);
        return REQUEST_FAILED;
    }
    if (transfer_finish(&transfer, style->overwrite, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    say_of_file(style,
                proof == PROVEN ? "File received: %s\n"
                                : "File received: %s (not verified: the server cannot)\n",
                name, 0);
    return REQUEST_DONE;
}

enum request_end request_again(struct remote *remote, const struct style *style, unsigned tries)
{
    char error[512];
    unsigned seconds = tries < 4 ? 1U << (tries - 1) : 8;

    request_say(style, "trying again in %u s (%u of %u)", seconds, tries, style->retries);
    (void)poll(NULL, 0, (int)seconds * 1000);
    remote_close(remote);
    if (remote_reconnect(remote, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_LOST;
    }
    return request_greeting(remote, style);
}

/* ---- requests */

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
        return fetch(remote, style, line + strlen(FILE_REQUEST));
    state = remote_send(remote, line, length);
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
