/* What only one system has, each with a plain path that works on any (built with POSIX_ONLY=1). */
#ifndef SERVER_PLATFORM_H
#define SERVER_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* accept(2) that gives a non-blocking, close-on-exec descriptor. */
int platform_accept(int listener, struct sockaddr *peer, socklen_t *size);

/* A Unix datagram socket that does not block, closed on exec. -1 with errno. */
int platform_datagrams(void);

/* Sends up to `count` bytes of a file from *offset on and moves *offset; -1 with errno, 0 where the
 * file ends. */
ssize_t platform_send_file(int to, int from, off_t *offset, size_t count);

/* Zeroed private memory that a forked child does not have, where the system can do that; else it
 * gets a copy. NULL with errno. */
void *platform_private_memory(size_t size);

/* TCP's keepalive, as listener_keepalive has it; elsewhere the times are the system's. */
void platform_keepalive(int fd, unsigned long seconds);

/* How many bytes the peer has not acknowledged yet; 0 where that cannot be known. */
size_t platform_unsent(int fd);

/* Closes all descriptors from this one on. */
void platform_close_from(int first);

#endif
