/* Listening sockets: our own, or those that systemd passes (sd_listen_fds(3)). */
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
 * IPv6. Port 0: the system chooses a port, the same for all. Returns 0, or -1 and *error is one
 * line.
 */
int listener_open(struct listener *listener, const char *const *address, size_t addresses,
                  unsigned port, unsigned long clients, char *error, size_t size);

/* Moves the sockets of another one to it. False: there is no room for all. */
bool listener_join(struct listener *listener, struct listener *other);

/* Takes over the sockets of $LISTEN_FDS if they are for this process, clears the variables, and
 * closes all other descriptors but the standard ones. Those that the service manager calls "web"
 * ($LISTEN_FDNAMES, FileDescriptorName= in systemd.socket(5)) go to `web`. Returns how many
 * sockets, or -1 and *error is one line where one of them is not a listening stream socket. */
int listener_inherit(struct listener *listener, struct listener *web, char *error, size_t size);

/* Sets what accepted sockets inherit: after `keepalive` seconds of silence TCP probes the client,
 * and ends the connection after about as long again (0: never). */
void listener_prepare(const struct listener *listener, unsigned long keepalive);

void listener_close(struct listener *listener);

/* "127.0.0.1", "fe80::1%eth0"; and the port. */
#define LISTENER_ADDRESS_SIZE 80
struct peer listener_peer(const struct sockaddr_storage *address);
void listener_address(const struct listener *listener, size_t i, char text[LISTENER_ADDRESS_SIZE],
                      unsigned *port);

#endif
