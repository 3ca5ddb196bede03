#define _POSIX_C_SOURCE 200809L

#include "client/link/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/wire/clock.h"

static int connect_within(struct remote *remote, int fd, const struct addrinfo *address)
{
    int flags = fcntl(fd, F_GETFL), failed = 0, ready;
    socklen_t size = sizeof failed;

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS)
            return -1;
        ready = remote_poll(remote, fd, POLLOUT, REMOTE_CONNECT_MS);
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

int connect_to(struct remote *remote, const char *host, const char *port, char *error, size_t size)
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
    remote->asked = clock_now();
    remote->patience_ms = REMOTE_CONNECT_MS;
    remote->asked_pieces = remote->in_pieces = remote->sent_away = false;
    remote->works = remote->moving = remote->cut = remote->numbered = false;
    remote->piece = remote->to_give = 0;
    remote->due = (struct due_list){.count = 0};
    remote->sink = NULL;
    remote->host = host;
    remote->port = port;
    line_reader_init(&remote->reader, fd, PROTOCOL_REPLY_MAX);
    return 0;
}

int connect_again(struct remote *remote, char *error, size_t size)
{
    return connect_to(remote, remote->host, remote->port, error, size);
}
