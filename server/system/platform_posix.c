/* Any system: what POSIX.1-2008 alone can do, and a plain answer where it can do nothing. */
#define _POSIX_C_SOURCE 200809L

#include "server/system/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* Makes the descriptor non-blocking and close-on-exec; if that fails, closes the descriptor and
 * returns -1 with errno. */
static int prepare(int fd)
{
    int flags, failed;

    if (fd < 0)
        return -1;
    flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    failed = errno;
    close(fd);
    errno = failed;
    return -1;
}

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return prepare(accept(listener, peer, size));
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

void platform_take_events(int watch)
{
    (void)watch;
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

    errno = 0;
    found = getpwnam(name);
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
