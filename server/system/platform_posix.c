/* Any system: what POSIX.1-2008 alone can do, and a plain answer where it can do nothing. */
#define _POSIX_C_SOURCE 200809L

#include "server/system/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

/* Makes the descriptor non-blocking and close-on-exec; if that fails, closes the descriptor and
 * returns -1 with errno. */
static int prepare(int fd)
{
    int flags;

    if (fd < 0)
        return -1;
    flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    descriptors_close(fd);
    return -1;
}

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return prepare(accept(listener, peer, size));
}

void platform_as_accepted(int fd)
{
    (void)fd; /* which does not block anyway */
}

unsigned long platform_backlog(void)
{
    return 0;
}

bool platform_share_address(int fd)
{
    (void)fd;
    return false;
}

int platform_datagrams(void)
{
    return prepare(socket(AF_UNIX, SOCK_DGRAM, 0));
}

ssize_t platform_send_now(int socket, const void *data, size_t size)
{
    struct pollfd room = {.fd = socket, .events = POLLOUT};

    if (poll(&room, 1, 0) == 1)
        return send(socket, data, size, MSG_NOSIGNAL);
    errno = EAGAIN;
    return -1;
}

int platform_open_syslog(void)
{
    errno = ENOSYS;
    return -1;
}

bool platform_reopen_syslog(int socket)
{
    (void)socket;
    return false;
}

int platform_event(void)
{
    errno = ENOSYS;
    return -1;
}

void platform_signal_event(int event)
{
    (void)event;
}

int platform_watch_events(int one, int other)
{
    (void)one;
    (void)other;
    errno = ENOSYS;
    return -1;
}

int platform_watch_also(int watch, int fd)
{
    (void)watch;
    (void)fd;
    errno = ENOSYS;
    return -1;
}

int platform_wait_watched(int watch, int ms, const sigset_t *signals, int ready[PLATFORM_READY])
{
    (void)watch;
    (void)ms;
    (void)signals;
    (void)ready;
    errno = ENOSYS;
    return -1;
}

ssize_t platform_send_file(int to, int from, off_t *offset, size_t count)
{
    return platform_copy_file(to, from, offset, count);
}

void *platform_private_memory(size_t size)
{
    return calloc(1, size);
}

void platform_prepare_listener(int fd, unsigned long keepalive)
{
    const int on = keepalive > 0;

    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int platform_record_channel(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        return -1;
    ends[0] = prepare(ends[0]);
    ends[1] = prepare(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    close(ends[0] >= 0 ? ends[0] : ends[1]);
    return -1;
}

ssize_t platform_receive_record(int fd, void *to, size_t size, pid_t *from, int *passed)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec data = {to, size};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = passed != NULL ? &control : NULL,
                             .msg_controllen = passed != NULL ? sizeof control.space : 0};
    ssize_t got = recvmsg(fd, &message, passed == NULL ? MSG_PEEK : 0);
    const struct cmsghdr *part = got < 0 || passed == NULL ? NULL : CMSG_FIRSTHDR(&message);

    *from = -1;
    if (passed != NULL)
        *passed = -1;
    if (part != NULL && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
        *passed = platform_take_passed(CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
    return got;
}

int64_t platform_boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void platform_boot_name(char name[PLATFORM_BOOT_SIZE])
{
    memcpy(name, "-", sizeof "-");
}

enum platform_peer platform_look_at_peer(int fd)
{
    struct pollfd peer = {.fd = fd, .events = POLLIN};
    char next;
    ssize_t got;

    if (poll(&peer, 1, 0) <= 0)
        return PLATFORM_PEER_SENDS;
    got = recv(fd, &next, 1, MSG_PEEK);
    if (got > 0)
        return PLATFORM_PEER_SENDS;
    return got == 0                            ? PLATFORM_PEER_ENDED
           : errno == EAGAIN || errno == EINTR ? PLATFORM_PEER_SENDS
                                               : PLATFORM_PEER_GONE;
}

size_t platform_unsent(int fd)
{
    (void)fd;
    return 0;
}

void platform_close_from(int first)
{
    platform_close_each(first, platform_last_descriptor());
}

void platform_close_between(int first, int last)
{
    platform_close_each(first, last);
}

bool platform_follow_parent(int signal, pid_t parent)
{
    (void)signal;
    (void)parent;
    return false;
}

pid_t platform_fork(void)
{
    return fork();
}

bool platform_find_user(const char *name, uid_t *user, gid_t *group)
{
    const struct passwd *found;
    uid_t number;
    const bool numeric = platform_user_number(name, &number);

    errno = 0;
    found = getpwnam(name);
    if (found == NULL && numeric)
        found = getpwuid(number);
    if (found == NULL && numeric) {
        *user = number;
        *group = (gid_t)number;
        return true;
    }
    if (found == NULL) {
        /* errno values that systems set for an unknown user (getpwnam(3)) */
        if (errno == ENOENT || errno == ESRCH || errno == EBADF || errno == EPERM)
            errno = 0;
        return false;
    }
    *user = found->pw_uid;
    *group = found->pw_gid;
    return true;
}
