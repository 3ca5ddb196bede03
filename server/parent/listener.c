#define _POSIX_C_SOURCE 200809L

#include "server/parent/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/system/platform.h"
#include "server/wire/descriptors.h"
#include "shm/table/network.h"

/* Returns the size of *to, or 0 where the text is not an address of this machine's networks. */
static socklen_t parse_address(const char *text, unsigned port, struct sockaddr_storage *to)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    char interface[IF_NAMESIZE];
    const char *scope;
    struct peer peer;
    size_t length;

    memset(to, 0, sizeof *to);
    if (!network_address(text, &peer, &scope, &length) || length >= sizeof interface)
        return 0;
    if (peer.family == 4) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((in_port_t)port);
        memcpy(&v4->sin_addr, peer.address, sizeof v4->sin_addr);
        return sizeof *v4;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((in_port_t)port);
    memcpy(&v6->sin6_addr, peer.address, sizeof v6->sin6_addr);
    memcpy(interface, scope, length);
    interface[length] = '\0';
    if (length > 0 && (v6->sin6_scope_id = if_nametoindex(interface)) == 0)
        return 0;
    return sizeof *v6;
}

/* Whether an address was named before, perhaps in another spelling. */
static bool is_repeated(const char *const *address, size_t which)
{
    struct sockaddr_storage one, other;

    (void)parse_address(address[which], 0, &one);
    for (size_t i = 0; i < which; i++) {
        (void)parse_address(address[i], 0, &other);
        if (memcmp(&one, &other, sizeof one) == 0)
            return true;
    }
    return false;
}

/* Returns a listening, non-blocking socket, or -1 with errno. Accepted sockets inherit the options
 * that are set here. `shares`: other sockets may have the same address. */
static int open_one(const struct sockaddr_storage *address, socklen_t size, bool shares)
{
    const int on = 1;
    int fd = socket(address->ss_family, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
        (address->ss_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
        (!shares || platform_share_address(fd)) &&
        bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, LIMIT_BACKLOG) == 0)
        return fd;
    descriptors_close(fd);
    return -1;
}

static int fail(struct listener *listener, char *error, size_t size, const char *what,
                const char *address, unsigned port)
{
    (void)snprintf(error, size, "cannot listen on %s port %u: %s", address, port, what);
    listener_close(listener);
    return -1;
}

/* Whether a socket is at this address; port 0: any port. */
static bool is_at(int fd, const struct sockaddr_storage *address)
{
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    struct peer here, there = listener_peer(address);

    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0)
        return false;
    here = listener_peer(&bound);
    if (there.port == 0)
        here.port = 0;
    return memcmp(&here, &there, sizeof here) == 0;
}

/* Takes a kept socket at this address out of the list. -1: there is none. */
static int take_kept(struct listener *kept, const struct sockaddr_storage *address)
{
    for (size_t i = 0; kept != NULL && i < kept->count; i++)
        if (is_at(kept->fd[i], address)) {
            int fd = kept->fd[i];

            kept->fd[i] = kept->fd[--kept->count];
            return fd;
        }
    return -1;
}

/* Adds sockets at the last socket's address, so that `clients` connections can wait there: all that
 * were kept, because connections wait in each of them. A failure is not an error: if a queue is
 * full, TCP tries again after a second. */
static void open_more(struct listener *listener, struct listener *kept, unsigned long clients)
{
    unsigned long room = platform_backlog(), wait = room;
    int first = listener->fd[listener->count - 1], fd;
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;

    if (getsockname(first, (struct sockaddr *)&address, &size) != 0)
        return;
    for (; listener->count < LIMIT_LISTENERS && (fd = take_kept(kept, &address)) >= 0; wait += room)
        listener->fd[listener->count++] = fd;
    if (room == 0 || clients <= wait || !platform_share_address(first))
        return;
    for (; wait < clients && listener->count < LIMIT_LISTENERS; wait += room) {
        fd = open_one(&address, size, true);
        if (fd < 0)
            return;
        listener->fd[listener->count++] = fd;
    }
}

static const char *const loopback[] = {"127.0.0.1", "::1"};

int listener_open(struct listener *listener, struct listener *kept, const char *const *address,
                  size_t addresses, unsigned port, unsigned long clients, char *error, size_t size)
{
    const bool by_default = addresses == 0;

    if (by_default) {
        address = loopback;
        addresses = 2;
    }
    for (int tries = 0;; tries++) {
        unsigned chosen = port;
        size_t i;

        listener->count = 0;
        for (i = 0; i < addresses; i++) {
            struct sockaddr_storage to;
            socklen_t length = parse_address(address[i], chosen, &to);
            char text[LISTENER_ADDRESS_SIZE];
            int fd;

            if (length == 0)
                return fail(listener, error, size,
                            "expected a numeric IPv4 or IPv6 address of this machine", address[i],
                            chosen);
            if (is_repeated(address, i))
                continue;
            fd = take_kept(kept, &to);
            if (fd < 0)
                fd = open_one(&to, length, false);
            if (fd < 0 && by_default && i == 1 && errno != EADDRINUSE)
                continue; /* no IPv6 here */
            if (fd < 0 && errno == EADDRINUSE && port == 0 && i > 0 && tries < 20)
                break; /* the port that the system chose is taken on another address: choose again
                        */
            if (fd < 0)
                return fail(listener, error, size, strerror(errno), address[i], chosen);
            listener->fd[listener->count++] = fd;
            listener_address(listener, listener->count - 1, text, &chosen);
            open_more(listener, kept, clients);
        }
        if (i == addresses)
            return 0;
        listener_end(listener);
    }
}

bool listener_wants(int fd, const char *const *address, size_t addresses, unsigned port)
{
    struct sockaddr_storage at;

    if (addresses == 0)
        return listener_wants(fd, loopback, 2, port);
    for (size_t i = 0; i < addresses; i++)
        if (parse_address(address[i], port, &at) != 0 && is_at(fd, &at))
            return true;
    return false;
}

bool listener_join(struct listener *listener, struct listener *other)
{
    if (listener->count + other->count > LIMIT_LISTENERS)
        return false;
    for (size_t i = 0; i < other->count; i++)
        listener->fd[listener->count++] = other->fd[i];
    other->count = 0;
    return true;
}

void listener_prepare(const struct listener *listener, unsigned long keepalive)
{
    for (size_t i = 0; i < listener->count; i++)
        platform_prepare_listener(listener->fd[i], keepalive);
}

void listener_close(struct listener *listener)
{
    for (size_t i = 0; i < listener->count; i++)
        close(listener->fd[i]);
    listener->count = 0;
}

void listener_end(struct listener *listener)
{
    for (size_t i = 0; i < listener->count; i++)
        (void)shutdown(listener->fd[i], SHUT_RDWR);
    listener_close(listener);
}

struct peer listener_peer(const struct sockaddr_storage *address)
{
    struct peer peer = {0};

    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

        peer.family = 4;
        peer.port = ntohs(v4->sin_port);
        memcpy(peer.address, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

        peer.port = ntohs(v6->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) { /* IPv4, at an inherited socket for both */
            peer.family = 4;
            memcpy(peer.address, &v6->sin6_addr.s6_addr[12], 4);
            return peer;
        }
        peer.family = 6;
        peer.scope = v6->sin6_scope_id;
        memcpy(peer.address, &v6->sin6_addr, sizeof v6->sin6_addr);
    }
    return peer;
}

void listener_address(const struct listener *listener, size_t i, char text[LISTENER_ADDRESS_SIZE],
                      unsigned *port)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    struct peer peer;

    (void)getsockname(listener->fd[i], (struct sockaddr *)&address, &size);
    peer = listener_peer(&address);
    peer_text(&peer, text);
    *port = peer.port;
}
