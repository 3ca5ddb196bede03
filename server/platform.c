#if defined(__linux__) && !defined(POSIX_ONLY)
#define HAVE_LINUX  1
#define _GNU_SOURCE 1 /* accept4, MADV_DONTFORK, MAP_ANONYMOUS */
#else
#define _POSIX_C_SOURCE 200809L
#endif

#include "server/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef HAVE_LINUX
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
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

static void plain_close_from(int first)
{
    long most = sysconf(_SC_OPEN_MAX);

    for (int fd = first; fd < (most > 0 && most < 65536 ? (int)most : 65536); fd++)
        close(fd);
}

#ifdef HAVE_LINUX

int platform_datagrams(void)
{
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return accept4(listener, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
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

void platform_keepalive(int fd, unsigned long seconds)
{
    const int on = seconds > 0, idle = (int)seconds, probes = PROBES;
    const int interval = seconds > PROBES ? (int)(seconds / PROBES) : 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (on == 0)
        return;
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

void platform_keepalive(int fd, unsigned long seconds)
{
    const int on = seconds > 0;

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

#endif
