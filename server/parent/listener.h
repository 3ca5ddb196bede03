/* Listening sockets: our own, or those that systemd passes (server/parent/inherited.h). */
#ifndef SERVER_PARENT_LISTENER_H
#define SERVER_PARENT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "server/limits.h"
#include "shm/table/types.h"

struct listener {
    size_t count;
    bool inherited; /* from the service manager, which keeps them open */
    int fd[LIMIT_LISTENERS];
};

/* Opens one socket for each numeric address, and more where one queue is too short for `clients`
 * that connect at once. Without an address: both loopback addresses, or one on a machine without
 * IPv6. Port 0: the system chooses a port, the same for all. Sockets at these addresses that were
 * kept (NULL: none were) are taken out of `kept` instead. Returns 0, or -1 and *error is one line.
 */
int listener_open(struct listener *listener, struct listener *kept, const char *const *address,
                  size_t addresses, unsigned port, unsigned long clients, char *error, size_t size);

/* Moves the sockets of another one to it. False: there is no room for all. */
bool listener_join(struct listener *listener, struct listener *other);

/* Whether the socket is at one of the addresses that listener_open would open. */
bool listener_wants(int fd, const char *const *address, size_t addresses, unsigned port);

/* Sets what accepted sockets inherit: after `keepalive` seconds of silence TCP probes the client,
 * and ends the connection after about as long again (0: never). */
void listener_prepare(const struct listener *listener, unsigned long keepalive);

/* Closes our descriptors: whoever else has the sockets open goes on listening. */
void listener_close(struct listener *listener);

/* The same, but nobody listens at these sockets any more, and who waits there is turned away. */
void listener_end(struct listener *listener);

/* "127.0.0.1", "fe80::1%eth0"; and the port. */
#define LISTENER_ADDRESS_SIZE 80
struct peer listener_peer(const struct sockaddr_storage *address);
void listener_address(const struct listener *listener, size_t i, char text[LISTENER_ADDRESS_SIZE],
                      unsigned *port);

#endif
