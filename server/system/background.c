#define _POSIX_C_SOURCE 200809L

#include "server/system/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"

/* The pipe to the foreground process, and /dev/null, which a process in a sandbox cannot open. */
static int ready = -1, null = -1;

/* ---- a shell */

static void wait_and_exit(pid_t child, int from)
{
    char byte;
    int status;
    ssize_t got;

    do
        got = read(from, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        _exit(EXIT_SUCCESS);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int background_begin(void)
{
    int ends[2];
    pid_t child;

    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || pipe(ends) != 0)
        return -1;
    child = fork();
    if (child < 0)
        return -1;
    if (child > 0) {
        close(ends[1]);
        wait_and_exit(child, ends[0]);
    }
    close(ends[0]);
    ready = ends[1];
    return setsid() < 0 || fcntl(ready, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;
}

int background_ready(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0)
            return -1;
    close(null);
    if (write(ready, "", 1) != 1)
        return -1;
    close(ready);
    return 0;
}

/* ---- a service manager */

bool background_has_manager(void)
{
    const char *path = getenv("NOTIFY_SOCKET");

    return path != NULL && (path[0] == '/' || path[0] == '@') && path[1] != '\0';
}

int64_t background_watchdog(void)
{
    const int64_t least = LIMIT_ALIVE_MS * INT64_C(1000000);
    const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    long long wanted = us != NULL ? strtoll(us, NULL, 10) : 0;

    if (!background_has_manager() || wanted <= 0 || wanted > INT64_MAX / 1000 ||
        (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    return wanted * 1000 / 2 > least ? wanted * 1000 / 2 : least;
}

/* Returns a socket, the caller's, and the address to send to; -1: there is no manager. Nobody waits
 * for one that is stopped. */
static int reach_manager(struct sockaddr_un *to, socklen_t *size)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length;

    if (!background_has_manager() || (length = strlen(path)) >= sizeof to->sun_path)
        return -1;
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(to->sun_path, path, length);
    if (path[0] == '@') /* an abstract name, which is no file (unix(7)) */
        to->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return platform_datagrams();
}

void background_tell_manager(const char *format, ...)
{
    struct sockaddr_un to;
    socklen_t size;
    char text[256];
    va_list arguments;
    int fd = reach_manager(&to, &size);

    if (fd < 0)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, size);
    close(fd);
}

void background_keep(const char *name, const int *kept, size_t count)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(LIMIT_LISTENERS * sizeof(int))];
    } control = {.space = {0}};
    char text[64];
    struct sockaddr_un to;
    socklen_t size;
    struct iovec data = {.iov_base = text};
    struct msghdr message = {.msg_name = &to,
                             .msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int))};
    int fd = count > 0 ? reach_manager(&to, &size) : -1;

    if (fd < 0)
        return;
    data.iov_len = (size_t)snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s", name);
    message.msg_namelen = size;
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.head), kept, count * sizeof(int));
    (void)sendmsg(fd, &message, 0);
    close(fd);
}
