#define _POSIX_C_SOURCE 200809L

#include "client/link/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the server has replied before the end: it may refuse the rest of the bytes. */
static bool has_spoken(struct remote *remote)
{
    struct pollfd server = {.fd = remote->fd, .events = POLLIN};

    return line_pending(&remote->reader) || poll(&server, 1, 0) > 0;
}

/* Where a stop leaves something half done that the server waits for, the session cannot go on. */
static enum remote_state broken_by_stop(enum remote_state state)
{
    if (state != REMOTE_STOPPED)
        return state;
    errno = ECANCELED;
    return REMOTE_BROKEN;
}

enum remote_state bytes_give(struct remote *remote, const void *from, size_t size, size_t *given)
{
    int flags = fcntl(remote->fd, F_GETFL);
    enum remote_state state = REMOTE_READY;
    bool spoken = false;

    *given = 0;
    if (flags < 0 || fcntl(remote->fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return REMOTE_BROKEN;
    while (*given < size && state == REMOTE_READY && !spoken && !has_spoken(remote)) {
        ssize_t put = write(remote->fd, (const char *)from + *given, size - *given);

        if (put >= 0)
            *given += (size_t)put;
        else if (errno == EAGAIN)
            state = remote_wait_for(remote, POLLIN | POLLOUT);
        else if (errno == EPIPE || errno == ECONNRESET)
            spoken = true; /* a reply sent before the break can still be read */
        else if (errno != EINTR)
            state = REMOTE_BROKEN;
    }
    if (fcntl(remote->fd, F_SETFL, flags) != 0)
        return REMOTE_BROKEN;
    return broken_by_stop(state);
}

/* ---- in pieces */

enum remote_state bytes_ask_pieces(struct remote *remote)
{
    struct answer answer;
    enum remote_state state =
        remote_ask(remote, &answer, remote_ignore, NULL, "pieces:%s", remote->session);

    if (state != REMOTE_READY) /* unread, the answer could not tell what follows the next 150 */
        return broken_by_stop(state);
    if (answer.code == REPLY_CLOSING)
        return REMOTE_ENDED;
    remote->asked_pieces = true;
    remote->in_pieces = answer.code == REPLY_PIECES;
    if (remote->in_pieces && strlen(answer.text) < sizeof remote->session)
        memcpy(remote->session, answer.text, strlen(answer.text) + 1);
    return REMOTE_READY;
}

void bytes_begin(struct remote *remote, remote_sink *sink, void *context)
{
    remote->moving = true;
    remote->cut = false;
    remote->sink = sink;
    remote->sink_context = context;
}

void bytes_begin_upload(struct remote *remote, uint64_t length)
{
    bytes_begin(remote, NULL, NULL);
    remote->to_give = length;
}

void bytes_end(struct remote *remote)
{
    remote->moving = false;
    remote->sink = NULL;
}

/* Lets the caller send other requests. */
static enum remote_state pause_between(struct remote *remote)
{
    if (remote->between != NULL && !remote->between(remote->context))
        return REMOTE_OVER;
    return remote->cut ? REMOTE_CUT : REMOTE_READY;
}

/* What the next line means for the running transfer. */
static enum remote_state next_piece(struct remote *remote)
{
    struct reply_line reply;
    bool piece = false;
    enum remote_state state = remote_next(remote, &reply, &piece);

    if (state != REMOTE_READY)
        return state;
    if (piece)
        return remote->cut ? REMOTE_CUT : REMOTE_READY;
    return reply.kind == REPLY_LAST && reply.code == REPLY_CLOSING ? REMOTE_ENDED : REMOTE_STRANGE;
}

/* What was asked between two pieces may have read the last one. */
enum remote_state bytes_get_piece(struct remote *remote)
{
    enum remote_state state;

    remote->fed = false;
    state = pause_between(remote);
    return state == REMOTE_READY && !remote->fed ? next_piece(remote) : state;
}

/* Takes the buffered lines: room lines, the end of the transfer, or the end of the session. No
 * other reply is expected during an upload. */
static enum remote_state listen_meanwhile(struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    while (state == REMOTE_READY && has_spoken(remote)) {
        struct answer answer;

        state = remote_hear(remote, &answer);
        if (state != REMOTE_READY || answer.code == 0)
            continue;
        if (answer.code == REPLY_CUT) {
            remote->cut = true;
            (void)snprintf(remote->why_cut, sizeof remote->why_cut, "%s", answer.text);
        } else {
            state = answer.code == REPLY_CLOSING ? REMOTE_ENDED : REMOTE_STRANGE;
        }
    }
    return state;
}

/* Writes the whole piece. After a stop by the user the rest is still sent, because the server reads
 * the next request only after the piece; a second stop breaks the connection. */
static enum remote_state write_piece(struct remote *remote, const char *piece, size_t size)
{
    enum remote_state state = REMOTE_READY;
    bool stopped = false;

    for (size_t sent = 0; sent < size && state == REMOTE_READY;) {
        ssize_t put = write(remote->fd, piece + sent, size - sent);

        if (put >= 0) {
            sent += (size_t)put;
            continue;
        }
        if (errno == EPIPE || errno == ECONNRESET) {
            state = listen_meanwhile(remote); /* a reply sent before the break can still be read */
            return state == REMOTE_READY ? REMOTE_CLOSED : state;
        }
        if (errno != EAGAIN && errno != EINTR)
            return REMOTE_BROKEN;
        state = remote_wait_for(remote, POLLIN | POLLOUT);
        if (state == REMOTE_STOPPED && !stopped) {
            stopped = true;
            state = REMOTE_READY;
        }
        if (state == REMOTE_READY)
            state = listen_meanwhile(remote);
    }
    if (state == REMOTE_READY && stopped && remote->to_give > 0)
        return REMOTE_STOPPED;
    return broken_by_stop(state);
}

enum remote_state bytes_put_piece(struct remote *remote, const void *from, size_t size)
{
    char piece[sizeof "piece:\n" + 20 + FILE_CHUNK];
    int flags = fcntl(remote->fd, F_GETFL), length;
    enum remote_state state = listen_meanwhile(remote);

    if (state == REMOTE_READY)
        state = pause_between(remote);
    if (state != REMOTE_READY)
        return state;
    length = snprintf(piece, sizeof piece, "piece:%zu\n", size);
    memcpy(piece + length, from, size);
    remote->to_give -= size;
    if (flags < 0 || fcntl(remote->fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return REMOTE_BROKEN;
    state = write_piece(remote, piece, (size_t)length + size);
    return fcntl(remote->fd, F_SETFL, flags) == 0 || state != REMOTE_READY ? state : REMOTE_BROKEN;
}

enum remote_state bytes_stop(struct remote *remote)
{
    struct answer answer;
    enum remote_state state = remote_ask(remote, &answer, remote_ignore, NULL, "stop:");

    if (state != REMOTE_READY)
        return state;
    return answer.code == REPLY_STOPPED   ? REMOTE_READY
           : answer.code == REPLY_CLOSING ? REMOTE_ENDED
                                          : REMOTE_STRANGE;
}

enum remote_state bytes_call_off(struct remote *remote, enum remote_state state)
{
    if (state != REMOTE_STOPPED || !remote->in_pieces)
        return broken_by_stop(state);
    if (remote_send(remote, "stop:", strlen("stop:")) != REMOTE_READY)
        return REMOTE_BROKEN;
    remote_stopped(remote);
    return REMOTE_STOPPED;
}

enum remote_state bytes_call_off_work(struct remote *remote, enum remote_state state)
{
    return remote->in_pieces ? bytes_call_off(remote, state) : state;
}

enum remote_state bytes_breathe(struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    if (remote->wait != NULL && remote->wait(remote->context, -1, 0, 0) < 0)
        return REMOTE_STOPPED;
    remote_ping(remote);
    if (remote->between != NULL)
        state = listen_meanwhile(remote);
    if (state == REMOTE_READY && remote->between != NULL && !remote->between(remote->context))
        state = REMOTE_OVER;
    return state;
}
