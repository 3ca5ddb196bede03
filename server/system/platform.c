#if defined(__linux__) && !defined(POSIX_ONLY)
#define HAVE_LINUX  1
#define _GNU_SOURCE 1 /* accept4, fgetpwent, _Fork, MADV_DONTFORK, MAP_ANONYMOUS */
#else
#define _POSIX_C_SOURCE 200809L
#endif

#include "server/system/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef HAVE_LINUX
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#endif

static ssize_t plain_send_file(int to, int from, off_t *offset, size_t count)
{
    char buffer[16384];
    ssize_t got = pread(from, buffer, count < sizeof buffer ? count : sizeof buffer, *offset);
    ssize_t put;

    if (got <= 0)
        return got;
    put = write(to, buffer, (size_t)got);
    if (put > 0)
        *offset += put;
    return put;
}

static void plain_close_between(int first, int last)
{
    for (int fd = first; fd <= last; fd++)
        close(fd);
}

static void plain_close_from(int first)
{
    long most = sysconf(_SC_OPEN_MAX);

    plain_close_between(first, most > 0 && most < 65536 ? (int)most - 1 : 65535);
}

static void close_between(int first, int last);

void platform_close_all_but(const int *keep, size_t count, int highest)
{
    for (int first = STDERR_FILENO + 1; first <= highest;) {
        int kept = highest + 1; /* the lowest one that is kept, from first on */

        for (size_t i = 0; i < count; i++)
            if (keep[i] >= first && keep[i] < kept)
                kept = keep[i];
        if (first < kept)
            close_between(first, kept - 1);
        first = kept + 1;
    }
}

#ifdef HAVE_LINUX

unsigned long platform_backlog(void)
{
    FILE *setting = fopen("/proc/sys/net/core/somaxconn", "re");
    unsigned long most = 0;

    if (setting == NULL)
        return 0;
    if (fscanf(setting, "%lu", &most) != 1)
        most = 0;
    (void)fclose(setting);
    return most;
}

bool platform_share_address(int fd)
{
    const int on = 1;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

int platform_datagrams(void)
{
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return accept4(listener, peer, size, SOCK_CLOEXEC);
}

ssize_t platform_send_file(int to, int from, off_t *offset, size_t count)
{
    ssize_t sent = sendfile(to, from, offset, count);

    if (sent < 0 && errno == EINVAL) /* a file system that cannot */
        return plain_send_file(to, from, offset, count);
    return sent;
}

void *platform_private_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    if (madvise(memory, size, MADV_DONTFORK) != 0) {
        munmap(memory, size);
        return NULL;
    }
    return memory;
}

#define PROBES 6

void platform_prepare_listener(int fd, unsigned long keepalive)
{
    const int on = keepalive > 0, idle = (int)keepalive, probes = PROBES;
    const int interval = keepalive > PROBES ? (int)(keepalive / PROBES) : 1;
    const unsigned most_owed = (unsigned)keepalive * 2000; /* ms */
    const struct timeval most = {.tv_usec = PLATFORM_WRITE_MS * 1000};

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (on == 0)
        return;
    /* nobody is asked whether it is there while it owes an acknowledgement */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most_owed, sizeof most_owed);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

size_t platform_unsent(int fd)
{
    int bytes = 0;

    return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

void platform_close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
        return;
#endif
    plain_close_from(first);
}

static void close_between(int first, int last)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == 0)
        return;
#endif
    plain_close_between(first, last);
}

/* The parent that ended before that sends none. */
bool platform_follow_parent(int signal, pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, signal) == 0 && getppid() == parent;
}

#if defined(__GLIBC__) && (__GLIBC__ * 100 + __GLIBC_MINOR__ >= 234)
pid_t platform_fork(void)
{
    return _Fork();
}
#else
pid_t platform_fork(void)
{
    return fork();
}
#endif

bool platform_find_user(const char *name, uid_t *user, gid_t *group)
{
    FILE *users = fopen("/etc/passwd", "re");
    const struct passwd *found = NULL;

    while (users != NULL && (found = fgetpwent(users)) != NULL)
        if (strcmp(found->pw_name, name) == 0) {
            *user = found->pw_uid;
            *group = found->pw_gid;
            break;
        }
    if (users != NULL)
        (void)fclose(users);
    return found != NULL;
}

#else

/* Non-blocking and closed on exec; or closed now, and -1. */
static int prepare(int fd)
{
    int flags;

    if (fd < 0)
        return -1;
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        int failed = errno;

        close(fd);
        errno = failed;
        return -1;
    }
    return fd;
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

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return prepare(accept(listener, peer, size));
}

ssize_t platform_send_file(int to, int from, off_t *offset, size_t count)
{
    return plain_send_file(to, from, offset, count);
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
    plain_close_from(first);
}

static void close_between(int first, int last)
{
    plain_close_between(first, last);
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
    const struct passwd *found = getpwnam(name);

    if (found == NULL)
        return false;
    *user = found->pw_uid;
    *group = found->pw_gid;
    return true;
}

#endif
