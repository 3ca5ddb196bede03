#define _POSIX_C_SOURCE 200809L

#include "tests/tools/transcript/client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/line.h"
#include "server/wire/text.h"

#define CLIENTS_MAX 2000
#define LOOK_MS     100 /* how often a client that dribbles sends */
#define NOTES       6   /* lines of a conversation that are kept, */
#define NOTE_SIZE   200 /* cut to fit */

struct client {
    char *name;
    int fd; /* -1: closed */
    struct line_reader reader;
    char *queue; /* to be sent */
    size_t queued, sent;
    bool dribbles;
    bool greeted; /* a line came */
    pid_t handler;
    char notes[NOTES][NOTE_SIZE];
    size_t noted;
};

static struct client *clients[CLIENTS_MAX];
static size_t count;
static int patience = 60;
static long deadline; /* in ms, monotonic */

static long now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void client_set_patience(int seconds)
{
    patience = seconds;
}

void client_begin_wait(void)
{
    deadline = now() + patience * 1000L;
}

struct client *client_find(const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(clients[i]->name, name) == 0)
            return clients[i];
    }
    return NULL;
}

/* ---- sending */

static void drop_queue(struct client *client)
{
    free(client->queue);
    client->queue = NULL;
    client->queued = client->sent = 0;
}

static void send_queue(struct client *client)
{
    while (client->sent < client->queued) {
        ssize_t wrote = send(client->fd, client->queue + client->sent,
                             client->queued - client->sent, MSG_NOSIGNAL);

        if (wrote < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (wrote < 0)
            break;
        client->sent += (size_t)wrote;
    }
    drop_queue(client);
}

void client_send(struct client *client, const void *bytes, size_t size)
{
    char *queue;

    if (client->fd < 0)
        return;
    queue = realloc(client->queue, client->queued + size + 1);
    if (queue == NULL)
        abort();
    memcpy(queue + client->queued, bytes, size);
    client->queue = queue;
    client->queued += size;
    send_queue(client);
}

void client_dribble(struct client *client)
{
    client->dribbles = true;
}

/* ---- waiting */

/* Waits up to `ms` until some queue can go on, or `reading` (or nobody) has something to read. */
static void look(const struct client *reading, int ms)
{
    static struct pollfd polled[CLIENTS_MAX];
    static long dribbled;
    nfds_t n = 0;
    bool dribbles = false;

    for (size_t i = 0; i < count; i++) {
        short events =
            (short)((clients[i] == reading ? POLLIN : 0) | (clients[i]->queued > 0 ? POLLOUT : 0));

        dribbles = dribbles || (clients[i]->dribbles && clients[i]->fd >= 0);
        if (clients[i]->fd >= 0 && events != 0)
            polled[n++] = (struct pollfd){.fd = clients[i]->fd, .events = events};
    }
    (void)poll(polled, n, dribbles && ms > LOOK_MS ? LOOK_MS : ms);
    for (size_t i = 0; i < count; i++) {
        if (clients[i]->queued > 0)
            send_queue(clients[i]);
    }
    if (!dribbles || now() < dribbled + LOOK_MS)
        return;
    dribbled = now();
    for (size_t i = 0; i < count; i++) {
        if (clients[i]->dribbles)
            client_send(clients[i], "x", 1);
    }
}

bool client_wait(int ms)
{
    long until = now() + ms;

    do
        look(NULL, ms);
    while (now() < until);
    return now() < deadline;
}

/* Reads some bytes into the reader's buffer. */
static enum client_status fill(struct client *client)
{
    for (;;) {
        ssize_t got = client->fd < 0 ? 0 : line_fill(&client->reader);
        long left = deadline - now();

        if (got > 0)
            return CLIENT_CAME;
        if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return CLIENT_ENDED;
        if (left <= 0)
            return CLIENT_LATE;
        look(client, (int)left);
    }
}

/* ---- reading */

/* The last child of the daemon: Linux lists them from the oldest to the youngest. */
static pid_t youngest_handler(void)
{
    const char *server = getenv("server");
    char path[64];
    long pid = 0, next;
    FILE *children;

    (void)snprintf(path, sizeof path, "/proc/%.9s/task/%.9s/children", server != NULL ? server : "",
                   server != NULL ? server : "");
    children = fopen(path, "r");
    if (children == NULL)
        return 0;
    while (fscanf(children, "%ld", &next) == 1)
        pid = next;
    (void)fclose(children);
    return (pid_t)pid;
}

enum client_status client_line(struct client *client, char **line, size_t *length)
{
    for (;;) {
        enum line_status status = line_next(&client->reader, line, length);
        enum client_status filled;

        if (status == LINE_TOO_LONG)
            return CLIENT_TOO_LONG;
        if (status == LINE_READY)
            break;
        filled = fill(client);
        if (filled == CLIENT_CAME)
            continue;
        if (filled != CLIENT_ENDED || line_rest(&client->reader, line, length) != LINE_READY)
            return filled;
        break;
    }
    client_note(client, '<', *line, *length);
    if (!client->greeted && strncmp(*line, "421", 3) != 0)
        client->handler = youngest_handler();
    client->greeted = true;
    return CLIENT_CAME;
}

enum client_status client_bytes(struct client *client, void *to, size_t size, size_t *got)
{
    enum client_status status = CLIENT_CAME;

    *got = 0;
    while (*got < size && status == CLIENT_CAME) {
        size_t taken = line_take(&client->reader, (char *)to + *got, size - *got);

        *got += taken;
        if (taken > 0)
            client_begin_wait();
        else
            status = fill(client);
    }
    return status;
}

/* ---- beginning and ending */

static struct addrinfo *resolve(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;

    if (getaddrinfo(host, port, &hints, &found) == 0)
        return found;
    errno = EINVAL;
    return NULL;
}

static int dial(const struct addrinfo *to, const struct addrinfo *from)
{
    int fd = socket(to->ai_family, SOCK_STREAM, 0);

    if (fd >= 0 &&
        (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
         (from != NULL && bind(fd, from->ai_addr, from->ai_addrlen) != 0) ||
         connect(fd, to->ai_addr, to->ai_addrlen) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static struct client *add(const char *name)
{
    struct client *client = client_find(name);

    if (client != NULL)
        return client;
    client = calloc(1, sizeof *client);
    if (client == NULL || count == CLIENTS_MAX || (client->name = strdup(name)) == NULL)
        abort();
    client->fd = -1;
    clients[count++] = client;
    return client;
}

static void drop(struct client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
    client->dribbles = client->greeted = false;
    client->handler = 0;
    drop_queue(client);
}

struct client *client_connect(const char *name, const char *host, const char *port,
                              const char *from)
{
    struct addrinfo *to = resolve(host, port), *source = from != NULL ? resolve(from, "0") : NULL;
    struct client *client = add(name);

    drop(client);
    if (to != NULL && (from == NULL || source != NULL))
        client->fd = dial(to, source);
    if (to != NULL)
        freeaddrinfo(to);
    if (source != NULL)
        freeaddrinfo(source);
    line_reader_init(&client->reader, client->fd, PROTOCOL_REPLY_MAX);
    return client->fd >= 0 ? client : NULL;
}

enum client_status client_end(struct client *client, enum client_ending ending)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};

    client->dribbles = false;
    while (ending != CLIENT_RESET && client->queued > 0) {
        if (now() >= deadline)
            return CLIENT_LATE;
        look(NULL, LOOK_MS);
    }
    if (ending == CLIENT_SHUT)
        return shutdown(client->fd, SHUT_WR) == 0 ? CLIENT_CAME : CLIENT_ENDED;
    if (ending == CLIENT_RESET)
        (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    drop(client);
    return CLIENT_CAME;
}

pid_t client_handler(const struct client *client)
{
    return client->handler;
}

/* ---- the conversations */

void client_note(struct client *client, char mark, const char *line, size_t length)
{
    char shown[TEXT_SHOWN_SIZE(NOTE_SIZE)];

    text_show(shown, sizeof shown, line, length < NOTE_SIZE ? length : NOTE_SIZE);
    (void)snprintf(client->notes[client->noted++ % NOTES], NOTE_SIZE, "%c %.*s", mark,
                   NOTE_SIZE - 4, shown);
}

void client_show_all(FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t noted = clients[i]->noted;

        for (size_t n = noted > NOTES ? noted - NOTES : 0; n < noted; n++)
            (void)fprintf(out, "  %s%s\n", clients[i]->name, clients[i]->notes[n % NOTES]);
    }
}
