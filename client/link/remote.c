#define _POSIX_C_SOURCE 200809L

#include "client/link/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/wire/clock.h"

const char *remote_state_text(const struct remote *remote, enum remote_state state)
{
    switch (state) {
    case REMOTE_READY:
    case REMOTE_PAUSED:
        return "no error";
    case REMOTE_CLOSED:
        return "the server closed the connection";
    case REMOTE_STOPPED:
        return "stopped";
    case REMOTE_BROKEN:
        return errno == ECANCELED ? "stopped" : strerror(errno);
    case REMOTE_SILENT:
        return "the server does not answer";
    case REMOTE_ENDED:
        return remote->farewell;
    case REMOTE_CUT:
        return remote->why_cut;
    case REMOTE_OVER:
        return "the session has ended";
    case REMOTE_STRANGE:
        break;
    }
    return "the program at that port is not rollcalld";
}

void remote_close(struct remote *remote)
{
    if (remote->fd >= 0)
        close(remote->fd);
    remote->fd = -1;
}

/* ---- talking */

int remote_poll(const struct remote *remote, int fd, short events, int ms)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    int ready;

    if (remote->wait != NULL)
        return remote->wait(remote->context, fd, events, ms);
    do
        ready = poll(&wanted, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready;
}

enum remote_state remote_send(struct remote *remote, const char *line, size_t length)
{
    char request[PROTOCOL_REQUEST_MAX + 1];

    remote->asked = clock_now();
    if (length > PROTOCOL_REQUEST_MAX) {
        errno = EMSGSIZE;
        return REMOTE_BROKEN;
    }
    memcpy(request, line, length);
    request[length] = '\n';
    if (line_write(remote->fd, request, length + 1, NULL, NULL) != 0 && errno != EPIPE &&
        errno != ECONNRESET)
        return REMOTE_BROKEN;
    return REMOTE_READY;
}

enum remote_state remote_wait_for(struct remote *remote, short events)
{
    int ready = remote_poll(remote, remote->fd, events, remote->patience_ms);

    if (ready < 0)
        return errno == ECANCELED                  ? REMOTE_STOPPED
               : errno == EAGAIN && remote->awaits ? REMOTE_PAUSED
                                                   : REMOTE_BROKEN;
    return ready == 0 ? REMOTE_SILENT : REMOTE_READY;
}

enum remote_state remote_fill(struct remote *remote)
{
    ssize_t got = line_fill(&remote->reader);

    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return REMOTE_CLOSED;
    return got < 0 ? REMOTE_BROKEN : REMOTE_READY;
}

static bool is_room_line(const struct remote *remote, const struct reply_line *reply)
{
    return remote->room != NULL && reply->kind == REPLY_LAST && reply->code >= ROOM_LINE_SAID &&
           reply->code <= ROOM_LINE_ANNOUNCED;
}

/* The message for a refusal whose text is empty. */
static const char *no_reason(int code)
{
    return code == REPLY_CLOSING ? "the server ended the session without a reason"
                                 : "the server refused that without a reason";
}

static void note_end(struct remote *remote, const char *farewell)
{
    remote->sent_away = strcmp(farewell, PROTOCOL_SHUTTING_DOWN) != 0;
    (void)snprintf(remote->farewell, sizeof remote->farewell, "%s", farewell);
}

/* Takes the next line out of the buffer; room lines go to remote->room. False: the buffer holds no
 * other line (*state is REMOTE_READY), or the line breaks the protocol (another *state). */
static bool take_line(struct remote *remote, struct reply_line *reply, enum remote_state *state)
{
    for (;;) {
        char *line;
        size_t length;
        struct room_line said;
        enum line_status status = line_next(&remote->reader, &line, &length);

        *state = status == LINE_TOO_LONG ? REMOTE_STRANGE : REMOTE_READY;
        if (status != LINE_READY)
            return false;
        if (strlen(line) != length || !protocol_parse_reply(line, reply)) {
            *state = REMOTE_STRANGE;
            return false;
        }
        if (reply->kind == REPLY_LAST && reply->code >= 400 && reply->text[0] == '\0')
            reply->text = no_reason(reply->code);
        if (reply->kind == REPLY_LAST && reply->code == REPLY_CLOSING)
            note_end(remote, reply->text);
        if (!is_room_line(remote, reply))
            return true;
        room_line_parse(&said, reply->code, reply->text, remote->numbered);
        remote->room(remote->context, &said);
    }
}

static enum remote_state next_reply(struct remote *remote, struct reply_line *reply)
{
    enum remote_state state;

    while (!take_line(remote, reply, &state)) {
        if (state == REMOTE_READY)
            state = remote_wait_for(remote, POLLIN);
        if (state == REMOTE_READY)
            state = remote_fill(remote);
        if (state != REMOTE_READY)
            return state;
    }
    return REMOTE_READY;
}

enum remote_state remote_read(struct remote *remote, void *to, size_t size, size_t *got)
{
    ssize_t count;

    *got = line_take(&remote->reader, to, size);
    while (*got == 0) {
        enum remote_state state = remote_wait_for(remote, POLLIN);

        if (state != REMOTE_READY)
            return state;
        count = recv(remote->fd, to, size, 0);
        if (count == 0 || (count < 0 && errno == ECONNRESET))
            return REMOTE_CLOSED;
        if (count < 0 && errno != EINTR)
            return REMOTE_BROKEN;
        *got = count > 0 ? (size_t)count : 0;
    }
    remote->received += *got;
    return REMOTE_READY;
}

/* Reads some of what is still to come of a piece, into the sink. */
static enum remote_state read_some(struct remote *remote)
{
    char chunk[FILE_CHUNK];
    size_t got = 0, most = remote->piece < sizeof chunk ? (size_t)remote->piece : sizeof chunk;
    enum remote_state state = remote_read(remote, chunk, most, &got);

    if (state != REMOTE_READY)
        return state;
    remote->piece -= got;
    remote->fed = true;
    if (remote->sink != NULL)
        remote->sink(remote->sink_context, chunk, got);
    return REMOTE_READY;
}

/* Reads a piece to its end. A stop by the user may end this anywhere: whatever is read next begins
 * with the rest. */
static enum remote_state read_piece(struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    while (remote->piece > 0 && state == REMOTE_READY)
        state = read_some(remote);
    return state;
}

/* Takes a line of an answer. False: none is due. */
static bool take_answer(struct remote *remote, const struct reply_line *reply,
                        enum remote_state *state)
{
    unsigned number;
    enum due_taken taken = due_take(&remote->due, reply, &number);

    if (taken == DUE_STRANGE)
        *state = REMOTE_STRANGE;
    if (number > 0 && remote->late != NULL)
        remote->late(remote->context, number, reply);
    return taken != DUE_NOTHING;
}

/* Takes a line that is not the caller's: a report that the server is working, a piece of a file,
 * the early end of a file, what tells the order of answers, and a line of an answer that is
 * awaited, or that nobody awaits any more. */
static bool take_known(struct remote *remote, const struct reply_line *reply,
                       enum remote_state *state)
{
    bool whole = reply->kind == REPLY_LAST;

    *state = REMOTE_READY;
    if (whole && reply->code == REPLY_WORKING) {
        remote->works = protocol_parse_working(reply->text, &remote->percent);
        return true;
    }
    if (whole && reply->code == REPLY_PIECE && remote->in_pieces) { /* its bytes are read next */
        if (!protocol_parse_number(reply->text, &remote->piece) || remote->piece == 0)
            *state = REMOTE_STRANGE;
        return true;
    }
    if (whole && reply->code == REPLY_CUT && remote->moving) {
        remote->cut = true;
        (void)snprintf(remote->why_cut, sizeof remote->why_cut, "%s", reply->text);
        return true;
    }
    if (whole && (reply->code == REPLY_LATER || reply->code == REPLY_LATE) && remote->in_pieces) {
        if (!(reply->code == REPLY_LATER ? due_later(&remote->due) : due_late(&remote->due)))
            *state = REMOTE_STRANGE;
        return true;
    }
    return take_answer(remote, reply, state);
}

enum remote_state remote_next(struct remote *remote, struct reply_line *reply, bool *piece)
{
    for (;;) {
        enum remote_state state = read_piece(remote);

        if (state == REMOTE_READY && (remote->fed || remote->cut)) {
            *piece = true;
            return REMOTE_READY;
        }
        if (state == REMOTE_READY)
            state = next_reply(remote, reply);
        if (state != REMOTE_READY)
            return state;
        if (!take_known(remote, reply, &state) || state != REMOTE_READY)
            return state;
    }
}

bool remote_pending(struct remote *remote)
{
    return line_pending(&remote->reader);
}

enum remote_state remote_hear(struct remote *remote, struct answer *answer)
{
    struct reply_line reply;
    enum remote_state state = REMOTE_READY;

    answer->code = 0;
    if (remote->piece > 0)
        return read_some(remote);
    if (!line_pending(&remote->reader))
        state = remote_fill(remote);
    if (state == REMOTE_READY && take_line(remote, &reply, &state) &&
        !take_known(remote, &reply, &state)) {
        answer->code = reply.kind == REPLY_ITEM ? -1 : reply.code;
        (void)snprintf(answer->text, sizeof answer->text, "%s", reply.text);
    }
    return state;
}

int remote_patience(const struct remote *remote, int ms)
{
    int64_t left = remote->asked + remote->ping_s * CLOCK_S - clock_now();

    if (remote->ping_s == 0)
        return ms;
    left = left > 0 ? left / CLOCK_MS + 1 : 0;
    return ms >= 0 && ms < left ? ms : (int)left;
}

/* Nobody awaits the answer to the request that was sent last. A server that owes so many will give
 * none. */
static void drop_answer(struct remote *remote, unsigned number)
{
    if (!due_drop(&remote->due, number))
        (void)shutdown(remote->fd, SHUT_RDWR);
}

void remote_ping(struct remote *remote)
{
    if (remote_patience(remote, -1) == 0 && remote_send(remote, "", 0) == REMOTE_READY)
        drop_answer(remote, 0);
}

void remote_stopped(struct remote *remote)
{
    drop_answer(remote, ++remote->stopped);
}

/* Reads a piece to its end, or a line. */
static enum remote_state read_on(struct remote *remote)
{
    struct reply_line reply;
    enum remote_state state = read_piece(remote);

    if (state == REMOTE_READY)
        state = next_reply(remote, &reply);
    if (state == REMOTE_READY && !take_known(remote, &reply, &state))
        state = REMOTE_STRANGE;
    return state;
}

enum remote_state remote_answer(struct remote *remote, struct answer *answer, remote_item *item,
                                void *context)
{
    struct due due = {.answer = answer, .item = item, .context = context};
    enum remote_state state = REMOTE_READY;

    if (!due_begin(&remote->due, &due)) {
        errno = EOVERFLOW;
        return REMOTE_BROKEN;
    }
    while (!due.done && state == REMOTE_READY) {
        remote->awaits = !due.nested && remote->in_pieces && remote->between != NULL;
        state = read_on(remote);
        if (state == REMOTE_PAUSED)
            state = remote->between(remote->context) ? REMOTE_READY : REMOTE_OVER;
    }
    remote->awaits = false;
    remote->works = remote->works && due.nested;
    due_leave(&remote->due, &due, !due.done && state == REMOTE_STOPPED ? ++remote->stopped : 0);
    return due.done ? REMOTE_READY : state;
}

enum remote_state remote_ask(struct remote *remote, struct answer *answer, remote_item *item,
                             void *context, const char *format, ...)
{
    char line[PROTOCOL_REQUEST_MAX + 2]; /* so that remote_send sees a line that is too long */
    enum remote_state state;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    state = remote_send(remote, line, strlen(line));
    return state == REMOTE_READY ? remote_answer(remote, answer, item, context) : state;
}

void remote_ignore(void *context, size_t number, const char *text)
{
    (void)context;
    (void)number;
    (void)text;
}

void remote_named(struct remote *remote, const char *answer)
{
    static const char form[] = "secret ";
    char name[sizeof remote->nick];
    const char *rest;

    if (!protocol_parse_name(answer, name, &rest) || strncmp(rest, form, strlen(form)) != 0)
        return; /* the server knows no names, and took the request for a message */
    memcpy(remote->nick, name, sizeof name);
    (void)snprintf(remote->name, sizeof remote->name, "%s", name);
    (void)snprintf(remote->secret, sizeof remote->secret, "%.63s", rest + strlen(form));
}
