/* What only one system has, each with a plain path that works on any (built with POSIX_ONLY=1). */
#ifndef SERVER_SYSTEM_PLATFORM_H
#define SERVER_SYSTEM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* accept(2) that gives a close-on-exec descriptor. It blocks where platform_follow_parent works,
 * but no writing to it for longer than PLATFORM_WRITE_MS; else it does not block. */
#define PLATFORM_WRITE_MS 20
int platform_accept(int listener, struct sockaddr *peer, socklen_t *size);

/* How many connections can wait at one listening socket, where the system has a limit; 0: unknown.
 */
unsigned long platform_backlog(void);

/* Lets other sockets of this user listen at the address of this one, to be given a share of those
 * who come. False: the system does not share like that. */
bool platform_share_address(int fd);

/* A Unix datagram socket that does not block, closed on exec. -1 with errno. */
int platform_datagrams(void);

/* Sends up to `count` bytes of a file from *offset on and moves *offset; -1 with errno, 0 where the
 * file ends. */
ssize_t platform_send_file(int to, int from, off_t *offset, size_t count);

/* Zeroed private memory that a forked child does not have, where the system can do that; else it
 * gets a copy. NULL with errno. */
void *platform_private_memory(size_t size);

/* Has what is accepted from this socket as platform_accept says, and TCP's keepalive as
 * listener_prepare has it, or with the system's own times. */
void platform_prepare_listener(int fd, unsigned long keepalive);

/* How many bytes the peer has not acknowledged yet; 0 where that cannot be known. */
size_t platform_unsent(int fd);

/* Closes all descriptors from this one on; or all but the standard ones and these `count` (-1:
 * none), of which `highest` is the highest. */
void platform_close_from(int first);
void platform_close_all_but(const int *keep, size_t count, int highest);

/* Has this signal sent to this process when its parent ends. False: that is not possible, or this
 * one is no longer its parent. */
bool platform_follow_parent(int signal, pid_t parent);

/* fork(2) for a process of one thread, without what a C library does for others. */
pid_t platform_fork(void);

/* A user of this machine. On Linux of /etc/passwd alone: a static program cannot load what else the
 * C library is told to ask. False: there is none. */
bool platform_find_user(const char *name, uid_t *user, gid_t *group);

#endif
