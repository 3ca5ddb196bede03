#define _POSIX_C_SOURCE 200809L

#include "client/chat/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the phase */

bool ask_is_connected(const struct ask *ask)
{
    return ask->phase <= PHASE_LEAVING;
}

void ask_begin(struct ask *ask)
{
    if (ask->phase != PHASE_LEAVING)
        ask->phase = PHASE_ASKING;
}

void ask_end(struct ask *ask)
{
    table_clear(&ask->answer);
    if (ask->phase < PHASE_LEAVING)
        ask->phase = PHASE_LISTENING;
}

void ask_over(struct ask *ask, bool may_return)
{
    if (!may_return) {
        ask->phase = PHASE_OVER;
        ask->status = EXIT_FAILURE;
    } else if (ask->phase == PHASE_LEAVING || ask->phase == PHASE_OVER) {
        ask->phase = PHASE_OVER;
    } else {
        ask->phase = ask->phase == PHASE_STOPPED ? PHASE_DROPPED : PHASE_LOST;
    }
}

/* The server has ended the session with these words. After "shutting down" the client connects
 * again, because the server may come back; after any other farewell it leaves. */
static void end_session(struct ask *ask, const char *why)
{
    window_wrong(ask->window, "%s", why);
    ask_over(ask, !ask->remote->sent_away);
}

void ask_lost(struct ask *ask, enum remote_state state)
{
    if (!ask_is_connected(ask))
        return; /* the user has been told */
    if (state == REMOTE_STOPPED) {
        window_note(ask->window, "Stopped");
        return;
    }
    if (state == REMOTE_ENDED) {
        end_session(ask, ask->remote->farewell);
        return;
    }
    if (ask->phase == PHASE_STOPPED || ask->phase == PHASE_LEAVING)
        window_note(ask->window, "Stopped");
    else if (state == REMOTE_CLOSED)
        window_wrong(ask->window, "Connection closed by the server");
    else
        window_wrong(ask->window, "%s", remote_state_text(ask->remote, state));
    ask_over(ask, true);
}

void ask_hear(struct ask *ask)
{
    struct answer answer;
    enum remote_state state = remote_hear(ask->remote, &answer);

    if (state != REMOTE_READY && state != REMOTE_STOPPED)
        ask_lost(ask, state);
    else if (answer.code == REPLY_CLOSING)
        end_session(ask, answer.text);
    else if (answer.code != 0)
        ask_lost(ask, REMOTE_STRANGE);
}

/* ---- a request */

/* remote_item */
static void keep_line(void *context, size_t number, const char *text)
{
    struct ask *ask = context;

    (void)number;
    table_add(&ask->answer, text);
}

bool ask_must(struct ask *ask, const char *line, struct answer *answer)
{
    bool done = ask_line(ask, line, answer);

    if (!done && ask_is_connected(ask))
        ask_over(ask, true);
    return done;
}

bool ask_line(struct ask *ask, const char *line, struct answer *answer)
{
    enum remote_state state;

    table_clear(&ask->answer);
    ask->remote->patience_ms = REMOTE_ANSWER_MS;
    state = remote_send(ask->remote, line, strlen(line));
    if (state == REMOTE_READY)
        state = remote_answer(ask->remote, answer, keep_line, ask);
    if (state == REMOTE_READY && answer->code == REPLY_FILE_FOLLOWS)
        state = REMOTE_STRANGE; /* no file was asked for */
    if (state == REMOTE_READY && answer->code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        ask_lost(ask, state);
    return state == REMOTE_READY;
}

bool ask_is_ack(const char *answer, const char *text)
{
    size_t length = strlen(text);

    return strncmp(answer, text, length) == 0 && strcmp(answer + length, " ACK") == 0;
}

void ask_show(struct ask *ask, const char *said, const char *about, const struct answer *answer)
{
    if (answer->code == REPLY_BYE) {
        ask->phase = PHASE_OVER;
    } else if (answer->code >= 400) {
        window_wrong(ask->window, "%s%s%s", about ? about : "", about ? ": " : "", answer->text);
    } else if (answer->code == REPLY_MESSAGE && ask_is_ack(answer->text, said)) {
        room_said(ask->room, said);
        window_own(ask->window, NULL, said);
    } else {
        if (answer->items == 0)
            window_note(ask->window, "%s", answer->text);
        window_table(ask->window, &ask->answer, answer->code);
        if (answer->hidden > 0)
            window_wrong(ask->window, ANSWER_HIDDEN, answer->hidden);
    }
}

/* There is no answer. If the user has stopped the request, it still comes. */
static void not_acknowledged(struct ask *ask, const char *request, const char *said)
{
    window_wrong(ask->window, "Not acknowledged: %s", said);
    if (ask_is_connected(ask))
        late_add(&ask->late, ask->remote->stopped, request);
}

bool ask_request(struct ask *ask, const char *request, const char *said, const char *about)
{
    struct answer answer;
    bool done = false;

    if (strlen(request) > PROTOCOL_REQUEST_MAX) {
        window_wrong(ask->window, "A line has at most %d bytes; not sent", PROTOCOL_REQUEST_MAX);
        return false;
    }
    ask_begin(ask);
    if (ask_line(ask, request, &answer)) {
        done = answer.code == REPLY_MESSAGE;
        ask_show(ask, said, about, &answer);
    } else {
        not_acknowledged(ask, request, said);
    }
    ask_end(ask);
    return done;
}

bool ask_tell(struct ask *ask, const char *name, const char *text, struct answer *answer)
{
    char line[PROTOCOL_REQUEST_MAX + 1];
    bool done;

    if (snprintf(line, sizeof line, "tell:%s %s", name, text) >= (int)sizeof line) {
        window_wrong(ask->window, "A line has at most %d bytes; not sent", PROTOCOL_REQUEST_MAX);
        return false;
    }
    ask_begin(ask);
    done = ask_line(ask, line, answer);
    if (!done)
        not_acknowledged(ask, line, text);
    else if (answer->code == REPLY_MESSAGE)
        window_own(ask->window, name, text);
    ask_end(ask);
    return done;
}

void ask_files(struct ask *ask, const char *directory, struct table *files)
{
    char line[PROTOCOL_REQUEST_MAX + 16];
    struct answer answer;

    (void)snprintf(line, sizeof line, directory[0] ? "list:%s" : "list", directory);
    if (directory[0] != '\0')
        line[strlen(line) - 1] = '\0'; /* the '/' */
    if (strlen(line) > PROTOCOL_REQUEST_MAX)
        return;
    ask_begin(ask);
    if (ask_line(ask, line, &answer) && answer.code == REPLY_FILES)
        for (size_t i = 0; i < ask->answer.count; i++)
            table_add(files, table_line(&ask->answer, i));
    ask_end(ask);
}
