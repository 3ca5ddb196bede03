/* Functions that differ between systems. platform_linux.c and platform_posix.c each define all of
 * them; the Makefile chooses one for this system, and POSIX_ONLY=1 chooses platform_posix.c
 * anywhere. Shared code is in platform.c. */
#ifndef SERVER_SYSTEM_PLATFORM_H
#define SERVER_SYSTEM_PLATFORM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* ---- sockets */

/* accept(2); the new descriptor is close-on-exec and the caller's. On Linux it blocks, a write for
 * at most PLATFORM_WRITE_MS (then EAGAIN); elsewhere it is non-blocking. Returns -1 with errno. */
#define PLATFORM_WRITE_MS 20
int platform_accept(int listener, struct sockaddr *peer, socklen_t *size);

/* Has a descriptor that was made non-blocking be as platform_accept made it. */
void platform_as_accepted(int fd);

/* Sets options that accepted sockets inherit: the write limit of platform_accept, and TCP keepalive
 * after `keepalive` seconds of silence (0: none). Plain POSIX has keepalive only at the system's
 * own intervals. */
void platform_prepare_listener(int fd, unsigned long keepalive);

/* How many connections can wait at one listening socket. 0: the system does not say. */
unsigned long platform_backlog(void);

/* Lets other sockets of this user listen at this socket's address; the system then spreads new
 * connections over all of them. Before bind(2). False: the system does not do that. */
bool platform_share_address(int fd);

/* A Unix datagram socket, non-blocking and close-on-exec, the caller's. -1 with errno. */
int platform_datagrams(void);

/* A channel for records, each of which arrives whole: ends[1] sends and ends[0] receives; both can
 * do both, do not block, and are close-on-exec. Its reader sees the end when nobody can send any
 * more. Returns 0, or -1 with errno. */
int platform_record_channel(int ends[2]);

/* Receives a record of at most `size` bytes, and a descriptor that came with it (*passed, the
 * caller's; -1: none). Tells which process sent it (*from; -1: the system does not say). passed
 * NULL: the record stays in the channel, to be received again. Returns its bytes, 0 at the end, -1
 * with errno. */
ssize_t platform_receive_record(int fd, void *to, size_t size, pid_t *from, int *passed);

/* What is known of a connection's peer without reading. (Plain POSIX sees no end behind bytes that
 * were not read.) */
enum platform_peer {
    PLATFORM_PEER_SENDS,
    PLATFORM_PEER_ENDED, /* it sends nothing more; whether it still reads, a write would show */
    PLATFORM_PEER_GONE,  /* the connection is lost */
};
enum platform_peer platform_look_at_peer(int fd);

/* How many bytes the peer has not acknowledged yet. 0 also where the system does not say. */
size_t platform_unsent(int fd);

/* Sends up to `count` bytes of a file from *offset on, and adds to *offset what was sent. Returns
 * the bytes sent, 0 at the end of the file, -1 with errno. */
ssize_t platform_send_file(int to, int from, off_t *offset, size_t count);

/* ---- writing to what others read in their own time */

/* The same pipe or terminal, open once more to write and never wait: a description that is not
 * shared with whoever gave us `fd`, close-on-exec and the caller's. -1: for anything else, or where
 * the system cannot do that. */
int platform_open_again(int fd);

/* send(2) without a wait. (Plain POSIX looks first, so another writer may take the room meanwhile.)
 * -1 with errno: EAGAIN. */
ssize_t platform_send_now(int socket, const void *data, size_t size);

/* A socket to the system's log, close-on-exec and the caller's, which platform_send_now can use: a
 * datagram is a line as RFC 3164 has it. -1 with errno: ENOSYS where only syslog(3) knows the way.
 */
int platform_open_syslog(void);

/* Whether that socket leads somewhere again, after an error other than EAGAIN. */
bool platform_reopen_syslog(int socket);

/* ---- events, for wake-ups */

/* Makes an event that can be signalled and watched, close-on-exec and the caller's. -1 with errno:
 * ENOSYS where the system has none. */
int platform_event(void);

/* Signals an event to all who watch it. */
void platform_signal_event(int event);

/* Watches two events. Returns a descriptor, close-on-exec and the caller's, for the next two
 * functions. -1 with errno. */
int platform_watch_events(int one, int other);

/* Watches a descriptor beside the events. Returns 0, or -1 with errno. */
int platform_watch_also(int watch, int fd);

/* Waits for at most `ms` (-1: for ever), with only `signals` blocked, until an event was signalled
 * after the last call, or a descriptor can be read. Returns how many of `ready` it has set, to the
 * descriptors or to -1 for an event; 0 when the time is over; -1 with errno. */
#define PLATFORM_READY 4
int platform_wait_watched(int watch, int ms, const sigset_t *signals, int ready[PLATFORM_READY]);

/* ---- the boot */

/* Milliseconds since the system was booted, as far as it says with suspended time; and the name of
 * that boot ("-": the system gives it none). */
#define PLATFORM_BOOT_SIZE 40
int64_t platform_boot_ms(void);
void platform_boot_name(char name[PLATFORM_BOOT_SIZE]);

/* ---- processes and descriptors */

/* fork(2) for a process of one thread. On Linux without the C library's handlers of pthread_atfork
 * and its locks: the child may call what a signal handler may, and what the parent has used. */
pid_t platform_fork(void);

/* Asks the system to send this signal to this process when its parent ends. False: the system
 * cannot, or `parent` has already ended. */
bool platform_follow_parent(int signal, pid_t parent);

/* Zeroed memory that a forked child does not get (on Linux; elsewhere the child gets a copy). Never
 * freed. NULL with errno. */
void *platform_private_memory(size_t size);

/* Closes all descriptors from `first` on. */
void platform_close_from(int first);

/* Closes all descriptors up to `highest` but the three standard ones and the `count` in keep, where
 * -1 stands for none. */
void platform_close_all_but(const int *keep, size_t count, int highest);

/* A user of this machine by name, or by number, which need not be known here; its group is then the
 * one of that number. On Linux /etc/passwd alone is read. False with errno: 0 where there is no
 * such user. */
bool platform_find_user(const char *name, uid_t *user, gid_t *group);

/* ---- for the platform's own files */

/* Whether the name is the number of a user. */
bool platform_user_number(const char *name, uid_t *user);

/* Closes the descriptors from `first` to `last`, both included: with one call, or each by itself.
 */
void platform_close_between(int first, int last);
void platform_close_each(int first, int last);

/* The highest descriptor that may be open. */
int platform_last_descriptor(void);

/* The first of the descriptors in these bytes; closes all others. -1: there is none. */
int platform_take_passed(const void *data, size_t size);

/* platform_send_file by reading and writing. */
ssize_t platform_copy_file(int to, int from, off_t *offset, size_t count);

#endif
