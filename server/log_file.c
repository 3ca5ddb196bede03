#define _POSIX_C_SOURCE 200809L

#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

#define MODE 0640 /* a group may read it */

static int descriptor = -1, directory = -1;
static const char *name;

static bool is_trusted(const struct stat *st)
{
    return st->st_uid == geteuid() || st->st_uid == 0;
}

/* Whether others than we and root could have put something under our name. */
static bool is_open_to_others(void)
{
    struct stat st;

    return fstat(directory, &st) != 0 || !is_trusted(&st) ||
           (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Only what never makes a writer wait, and what nobody else has put there. Returns a descriptor, or
 * -1 with errno. */
static int open_regular(void)
{
    const int flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const bool trap = is_open_to_others();
    int fd = openat(directory, name, flags | O_CREAT | O_EXCL, MODE);
    struct stat found;

    if (fd >= 0)
        (void)fchmod(fd, MODE); /* whatever the umask is */
    else if (errno == EEXIST)
        fd = openat(directory, name, trap ? flags | O_NOFOLLOW : flags);
    if (fd < 0)
        return -1;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
        errno = EISDIR; /* what it is for a directory */
    else if (trap && !is_trusted(&found))
        errno = EPERM;
    else
        return fd;
    descriptors_close(fd);
    return -1;
}

const char *log_file_why(int error)
{
    switch (error) {
    case EISDIR:
    case ENXIO:
        return "it is no regular file";
    case ELOOP:
        return "it is a link, in a directory that others can write to";
    case EPERM:
        return "it is somebody else's, in a directory that others can write to";
    default:
        return strerror(error);
    }
}

int log_file_reach(const char *path)
{
    const char *slash = strrchr(path, '/');
    char above[PATH_MAX];

    name = slash + 1;
    if ((size_t)snprintf(above, sizeof above, "%.*s", slash == path ? 1 : (int)(slash - path),
                         path) >= sizeof above) {
        errno = ENAMETOOLONG;
        return -1;
    }
    directory = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0 ? 0 : -1;
}

int log_file_open(void)
{
    descriptor = open_regular();
    return descriptor >= 0 ? 0 : -1;
}

int log_file_again(void)
{
    int fd = open_regular(), done;

    if (fd < 0)
        return -1;
    done = dup2(fd, descriptor) < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;
    descriptors_close(fd);
    return done;
}

int log_file_descriptor(void)
{
    return descriptor;
}

int log_file_directory(void)
{
    return directory;
}

void log_file_carry(struct parcel *parcel)
{
    parcel_bytes(parcel, &descriptor, sizeof descriptor);
    parcel_bytes(parcel, &directory, sizeof directory);
    parcel_text(parcel, &name);
}
