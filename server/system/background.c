#define _POSIX_C_SOURCE 200809L

#include "server/system/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The pipe to the foreground process, and /dev/null, which a confined process can open no more. */
static int ready = -1, null = -1;

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

int daemon_begin(void)
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

int daemon_ready(void)
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
