#define _POSIX_C_SOURCE 200809L

#include "server/wire/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/clock.h"

/* /dev/null is opened for the unused direction, so that reading a missing input and writing to a
 * missing output fail, instead of looking like an empty input and a successful write. */
static const int useless[] = {
    [STDIN_FILENO] = O_WRONLY,
    [STDOUT_FILENO] = O_RDONLY,
    [STDERR_FILENO] = O_RDONLY,
};

int descriptors_fill_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", useless[fd]) != fd) /* the lowest free */
            return -1;
    return 0;
}

bool descriptors_written(const char *program)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fprintf(stderr, "%s: cannot write to standard output%s%s\n", program, errno != 0 ? ": " : "",
            errno != 0 ? strerror(errno) : "");
    return false;
}

void descriptors_close(int fd)
{
    const int kept = errno;

    close(fd);
    errno = kept;
}

int descriptors_wait(int fd, short events, int64_t until)
{
    for (;;) {
        struct pollfd waiting = {.fd = fd, .events = events};
        int64_t left = until - clock_now();
        int ready = left > 0 ? poll(&waiting, 1, (int)(left / CLOCK_MS) + 1) : 0;

        if (ready > 0)
            return 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || errno != EINTR)
            return -1;
    }
}

/* Below FD_SETSIZE, as everywhere. The type is one that converts to whatever the macros of a C
 * library calculate with, signed or not. */
static unsigned short number(int fd)
{
    return (unsigned short)fd;
}

void descriptors_add(int fd, fd_set *to, int *highest)
{
    if (fd < 0)
        return;
    FD_SET(number(fd), to);
    if (fd > *highest)
        *highest = fd;
}

bool descriptors_have(const fd_set *set, int fd)
{
    return fd >= 0 && FD_ISSET(number(fd), set);
}
