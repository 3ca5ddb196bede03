#define _POSIX_C_SOURCE 200809L

#include "client/chat/chatlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/terminal/show.h"
#include "client/terminal/wrap.h"
#include "server/wire/clock.h"
#include "server/wire/line.h"

int chatlog_open(struct chatlog *log, const char *path)
{
    /* not blocking: to open a pipe would wait for its reader */
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    chatlog_close(log);
    log->open = true;
    log->fd = fd;
    (void)snprintf(log->path, sizeof log->path, "%s", path);
    return 0;
}

int chatlog_add(struct chatlog *log, time_t when, const char *line, size_t skipped)
{
    char text[CLOCK_LOCAL_SIZE + SHOW_MAX + 2];
    size_t used, begin;

    clock_local(text, when);
    begin = strlen(text);
    text[begin++] = ' ';
    wrap_visible(text + begin, SHOW_MAX, line);
    used = strlen(text + begin);
    if (skipped > used)
        skipped = used;
    memmove(text + begin, text + begin + skipped, used - skipped + 1);
    used += begin - skipped;
    text[used++] = '\n';
    if (line_write(log->fd, text, used, NULL, NULL) == 0)
        return 0;
    chatlog_close(log);
    return -1;
}

void chatlog_close(struct chatlog *log)
{
    if (log->open)
        (void)close(log->fd);
    log->open = false;
}
