#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE   700 /* realpath */

#include "client/files/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool target_is_stdout(const char *output)
{
    return output != NULL && strcmp(output, "-") == 0;
}

bool target_is_directory(const char *path)
{
    struct stat st;

    return path[0] != '\0' && !target_is_stdout(path) &&
           (path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether this is what a standard descriptor writes to: /dev/stdout, also where it is a file, must
 * not be opened anew, because that would write over what is in it. */
static int standard_of(const struct stat *there)
{
    struct stat st;

    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fstat(fd, &st) == 0 && is_same(&st, there))
            return fd;
    return -1;
}

/* What the user's --output leads to. */
static int follow(struct target *target)
{
    struct stat st, resolved;
    char *real;

    if (lstat(target->path, &st) != 0 || S_ISREG(st.st_mode))
        return 0; /* a file, or to be one */
    if (stat(target->path, &st) != 0)
        return -1;
    target->standard = standard_of(&st);
    target->is_stream = target->standard >= 0 || !S_ISREG(st.st_mode);
    if (target->is_stream)
        return 0;
    real = realpath(target->path, NULL);
    if (real == NULL)
        return -1;
    if (strlen(real) < sizeof target->path && stat(real, &resolved) == 0 && is_same(&st, &resolved))
        memcpy(target->path, real, strlen(real) + 1);
    else
        target->is_stream = true; /* a file without a name, of another process's descriptor */
    free(real);
    return 0;
}

int target_find(struct target *target, const char *name, const char *output)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    bool inside = output != NULL && target_is_directory(output);
    int length;

    *target = (struct target){.standard = -1};
    if (last[0] == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        errno = EINVAL;
        return -1;
    }
    if (target_is_stdout(output)) {
        (void)snprintf(target->path, sizeof target->path, "standard output");
        target->is_stream = true;
        target->standard = STDOUT_FILENO;
        return 0;
    }
    if (inside)
        length = snprintf(target->path, sizeof target->path, "%s%s%s", output,
                          output[strlen(output) - 1] == '/' ? "" : "/", last);
    else
        length = snprintf(target->path, sizeof target->path, "%s", output ? output : last);
    if (length < 0 || (size_t)length >= sizeof target->path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return output == NULL || inside ? 0 : follow(target);
}

int target_open(const struct target *target, bool wait)
{
    const int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
    int fd;

    if (target->standard >= 0)
        return fcntl(target->standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (wait)
        return open(target->path, flags);
    fd = open(target->path, flags | O_NONBLOCK);
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, O_WRONLY);
    return fd;
}
