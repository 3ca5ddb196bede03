/* Linux: functions for which it has more than POSIX. */
#define _GNU_SOURCE /* accept4, fgetpwent, _Fork, MADV_DONTFORK, MAP_ANONYMOUS */

#include "server/system/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "server/system/kernel_linux.h"
#include "server/wire/descriptors.h"

/* Only the C library knows its own part of a fork; glibc before 2.34 has no function for the rest.
 * */
#ifdef __GLIBC__
#if !__GLIBC_PREREQ(2, 34)
#define _Fork fork
#endif
#endif

int platform_accept(int listener, struct sockaddr *peer, socklen_t *size)
{
    return accept4(listener, peer, size, SOCK_CLOEXEC);
}

void platform_as_accepted(int fd)
{
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

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

/* The call itself: what a C library may make of it elsewhere is not allowed (sandbox_linux.c). */
int platform_datagrams(void)
{
    return (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

ssize_t platform_send_now(int socket, const void *data, size_t size)
{
    return send(socket, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int platform_open_syslog(void)
{
    int fd = platform_datagrams();

    if (fd >= 0)
        (void)platform_reopen_syslog(fd); /* it may be started later */
    return fd;
}

bool platform_reopen_syslog(int socket)
{
    static const struct sockaddr_un log = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

    return connect(socket, (const struct sockaddr *)&log, sizeof log) == 0;
}

/* A read of a semaphore eventfd takes 1, and each write adds much more, so no reader can take an
 * event away from another. */
#define EVENT_ADDS (UINT64_C(1) << 20)

int platform_event(void)
{
    return eventfd(1, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
}

void platform_signal_event(int event)
{
    static const uint64_t adds = EVENT_ADDS;

    /* EAGAIN: the counter is full after 2^44 signals, and cannot be read up to zero either */
    (void)!write(event, &adds, sizeof adds);
}

static int watch(int watch_fd, int fd, uint32_t events, int shown)
{
    struct epoll_event wanted = {.events = events, .data.fd = shown};

    return epoll_ctl(watch_fd, EPOLL_CTL_ADD, fd, &wanted);
}

int platform_watch_events(int one, int other)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0 || (watch(fd, one, EPOLLIN | EPOLLET, -1) == 0 &&
                   watch(fd, other, EPOLLIN | EPOLLET, -1) == 0))
        return fd;
    descriptors_close(fd);
    return -1;
}

int platform_watch_also(int watch_fd, int fd)
{
    return watch(watch_fd, fd, EPOLLIN, fd);
}

int platform_wait_watched(int watch_fd, int ms, const sigset_t *signals, int ready[PLATFORM_READY])
{
    struct epoll_event events[PLATFORM_READY];
    int count = epoll_pwait(watch_fd, events, PLATFORM_READY, ms, signals);

    for (int i = 0; i < count; i++)
        ready[i] = events[i].data.fd;
    return count;
}

ssize_t platform_send_file(int to, int from, off_t *offset, size_t count)
{
    ssize_t sent = sendfile(to, from, offset, count);

    if (sent < 0 && errno == EINVAL) /* the file system does not support sendfile */
        return platform_copy_file(to, from, offset, count);
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
    const unsigned unacknowledged = (unsigned)keepalive * 2000; /* ms */
    const struct timeval write = {.tv_usec = PLATFORM_WRITE_MS * 1000};

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &write, sizeof write);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (on == 0)
        return;
    /* TCP sends no keepalive probes while data is unacknowledged; this limit holds then */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

int platform_record_channel(int ends[2])
{
    const int on = 1;
    int failed;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
        return 0;
    failed = errno;
    close(ends[0]);
    close(ends[1]);
    errno = failed;
    return -1;
}

/* CMSG_NXTHDR(3) without the conversions that musl's has. */
static struct cmsghdr *next_part(const struct msghdr *message, struct cmsghdr *part)
{
    const char *end = (const char *)message->msg_control + message->msg_controllen;
    char *next = (char *)part + CMSG_SPACE(part->cmsg_len - CMSG_LEN(0));

    return next + sizeof *part <= end ? (struct cmsghdr *)next : NULL;
}

ssize_t platform_receive_record(int fd, void *to, size_t size, pid_t *from, int *passed)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    struct iovec data = {to, size};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = passed != NULL ? sizeof control.space
                                                              : CMSG_SPACE(sizeof(struct ucred))};
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (passed == NULL ? MSG_PEEK : 0));

    *from = -1;
    if (passed != NULL)
        *passed = -1;
    for (struct cmsghdr *part = got < 0 ? NULL : CMSG_FIRSTHDR(&message); part != NULL;
         part = next_part(&message, part)) {
        struct ucred sender;

        if (part->cmsg_level != SOL_SOCKET)
            continue;
        if (part->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&sender, CMSG_DATA(part), sizeof sender);
            *from = sender.pid;
        } else if (part->cmsg_type == SCM_RIGHTS && passed != NULL) {
            *passed = platform_take_passed(CMSG_DATA(part), part->cmsg_len - CMSG_LEN(0));
        }
    }
    return got;
}

int64_t platform_boot_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void platform_boot_name(char name[PLATFORM_BOOT_SIZE])
{
    FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (boot == NULL || fscanf(boot, "%39[0-9a-f-]", name) != 1)
        memcpy(name, "-", sizeof "-");
    if (boot != NULL)
        (void)fclose(boot);
}

enum platform_peer platform_look_at_peer(int fd)
{
    struct pollfd peer = {.fd = fd, .events = POLLRDHUP};

    if (poll(&peer, 1, 0) <= 0)
        return PLATFORM_PEER_SENDS;
    return (peer.revents & (POLLERR | POLLHUP)) != 0 ? PLATFORM_PEER_GONE : PLATFORM_PEER_ENDED;
}

size_t platform_unsent(int fd)
{
    int bytes = 0;

    return ioctl(fd, TIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}

void platform_close_from(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) != 0)
        platform_close_each(first, platform_last_descriptor());
}

void platform_close_between(int first, int last)
{
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) != 0)
        platform_close_each(first, last);
}

/* A parent that ended before the prctl sends no signal: the second half of the test finds that. */
bool platform_follow_parent(int signal, pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, signal) == 0 && getppid() == parent;
}

pid_t platform_fork(void)
{
    return _Fork();
}

/* Not getpwnam: that loads the modules of nsswitch.conf, which a static program cannot. */
bool platform_find_user(const char *name, uid_t *user, gid_t *group)
{
    const struct passwd *found = NULL;
    uid_t number;
    const bool numeric = platform_user_number(name, &number);
    FILE *users = fopen("/etc/passwd", "re");

    if (users == NULL && !numeric)
        return false;
    while (users != NULL && (errno = 0, found = fgetpwent(users)) != NULL)
        if (strcmp(found->pw_name, name) == 0 || (numeric && found->pw_uid == number))
            break;
    if (users == NULL || errno == ENOENT) /* what glibc says at the end of the file */
        errno = 0;
    if (found != NULL || numeric) {
        *user = found != NULL ? found->pw_uid : number;
        *group = found != NULL ? found->pw_gid : (gid_t)number;
    }
    if (users != NULL)
        (void)fclose(users);
    return found != NULL || numeric;
}
