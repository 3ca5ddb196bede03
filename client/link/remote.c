#define _POSIX_C_SOURCE 200809L

#include "client/link/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *remote_state_text(const struct remote *remote, enum remote_state state)
{
    switch (state) {
    case REMOTE_READY:
        return "no error";
    case REMOTE_CLOSED:
        return "the server closed the connection";
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

/* Like poll(2), and repeated after a signal. */
static int wait_for(const struct remote *remote, int fd, short events, int ms)
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

/* ---- connecting */

static int connect_within(struct remote *remote, int fd, const struct addrinfo *address)
{
    int flags = fcntl(fd, F_GETFL), failed = 0, ready;
    socklen_t size = sizeof failed;

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS)
            return -1;
        ready = wait_for(remote, fd, POLLOUT, REMOTE_CONNECT_MS);
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready <= 0)
            return -1;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
            return -1;
        if (failed != 0) {
            errno = failed;
            return -1;
        }
    }
    return fcntl(fd, F_SETFL, flags);
}

/* Copies a host, without the brackets that an IPv6 address has in URLs. */
static const char *bare_host(const char *host, char *to, size_t size)
{
    size_t length = strlen(host);

    if (host[0] != '[' || host[length - 1] != ']' || strchr(host, ':') == NULL || length > size)
        return host;
    memcpy(to, host + 1, length - 2);
    to[length - 2] = '\0';
    return to;
}

int remote_connect(struct remote *remote, const char *host, const char *port, char *error,
                   size_t size)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char bare[256]; /* no numeric address is longer */
    struct addrinfo *addresses;
    int failed = getaddrinfo(bare_host(host, bare, sizeof bare), port, &wanted, &addresses);
    const int on = 1;
    int fd = -1;

    if (failed != 0) {
        (void)snprintf(error, size, "cannot find %s: %s", host,
                       failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
        return -1;
    }
    for (const struct addrinfo *a = addresses; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect_within(remote, fd, a) == 0)
            break;
        failed = errno;
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(addresses);
    if (fd < 0) {
        (void)snprintf(error, size, "cannot connect to %s port %s: %s; is rollcalld running there?",
                       host, port, strerror(failed));
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    remote->fd = fd;
    remote->patience_ms = REMOTE_CONNECT_MS;
    remote->asked_pieces = remote->in_pieces = remote->sent_away = false;
    remote->moving = remote->cut = false;
    remote->sink = NULL;
    remote->host = host;
    remote->port = port;
    line_reader_init(&remote->reader, fd, PROTOCOL_REPLY_MAX);
    return 0;
}

int remote_reconnect(struct remote *remote, char *error, size_t size)
{
    return remote_connect(remote, remote->host, remote->port, error, size);
}

void remote_close(struct remote *remote)
{
    if (remote->fd >= 0)
        close(remote->fd);
    remote->fd = -1;
}

/* ---- talking */

enum remote_state remote_send(struct remote *remote, const char *line, size_t length)
{
    char request[PROTOCOL_REQUEST_MAX + 1];

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
    int ready = wait_for(remote, remote->fd, events, remote->patience_ms);

    return ready < 0 ? REMOTE_BROKEN : ready == 0 ? REMOTE_SILENT : REMOTE_READY;
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
        remote->room(remote->context, reply->code, reply->text);
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

/* Reads a whole piece into the sink. After a stop by the user the rest is still read, because the
 * next line comes only after the piece. */
static enum remote_state read_piece(struct remote *remote, const char *count)
{
    char chunk[FILE_CHUNK];
    uint64_t left;
    bool stopped = false;

    if (!protocol_parse_number(count, &left) || left == 0)
        return REMOTE_STRANGE;
    while (left > 0) {
        size_t got = 0;
        enum remote_state state =
            remote_read(remote, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, &got);

        if (state == REMOTE_BROKEN && errno == ECANCELED && !stopped) {
            stopped = true;
            continue;
        }
        if (state != REMOTE_READY)
            return state;
        remote->sink(remote->sink_context, chunk, got);
        remote->fed = true;
        left -= got;
    }
    errno = ECANCELED;
    return stopped ? REMOTE_BROKEN : REMOTE_READY;
}

enum remote_state remote_next(struct remote *remote, struct reply_line *reply, bool *piece)
{
    for (;;) {
        enum remote_state state = next_reply(remote, reply);
        bool whole = reply->kind == REPLY_LAST;

        if (state != REMOTE_READY)
            return state;
        if (whole && reply->code == REPLY_WORKING)
            continue; /* the server reports that it is still working */
        if (whole && remote->sink != NULL && reply->code == REPLY_PIECE) {
            state = read_piece(remote, reply->text);
        } else if (whole && remote->moving && reply->code == REPLY_CUT) {
            remote->cut = true;
            (void)snprintf(remote->why_cut, sizeof remote->why_cut, "%s", reply->text);
        } else {
            return REMOTE_READY;
        }
        if (piece != NULL)
            *piece = true;
        if (state != REMOTE_READY || piece != NULL)
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
    enum remote_state state = line_pending(&remote->reader) ? REMOTE_READY : remote_fill(remote);

    answer->code = 0;
    if (state == REMOTE_READY && take_line(remote, &reply, &state)) {
        answer->code = reply.kind == REPLY_ITEM ? -1 : reply.code;
        (void)snprintf(answer->text, sizeof answer->text, "%s", reply.text);
    }
    return state;
}

enum remote_state remote_answer(struct remote *remote, struct answer *answer, remote_item *item,
                                void *context)
{
    struct reply_line reply;
    enum remote_state state = remote_next(remote, &reply, NULL);

    if (state != REMOTE_READY)
        return state;
    if (reply.kind == REPLY_ITEM)
        return REMOTE_STRANGE;
    answer->code = reply.code;
    answer->items = 0;
    answer->hidden = 0;
    (void)snprintf(answer->text, sizeof answer->text, "%s", reply.text);
    if (reply.kind == REPLY_LAST)
        return REMOTE_READY;
    while ((state = remote_next(remote, &reply, NULL)) == REMOTE_READY) {
        if (reply.kind == REPLY_LAST && reply.code == REPLY_FILES)
            answer->hidden = protocol_parse_hidden(reply.text);
        if (reply.kind == REPLY_LAST)
            return reply.code == answer->code ? REMOTE_READY : REMOTE_STRANGE;
        if (reply.kind != REPLY_ITEM)
            return REMOTE_STRANGE;
        item(context, answer->items++, reply.text);
    }
    return state;
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
