#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE   700 /* S_ISVTX */

#include "server/system/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HIGH        64 /* a descriptor above those that the parent keeps */
#define PLACE_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Ours or root's, and nobody else may change what is in it. flags: O_NOFOLLOW where the daemon made
 * it itself, in a directory where others may have put something else. */
static int open_base(const char *path, int flags)
{
    int fd = open(path, PLACE_FLAGS | flags);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) &&
        ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (st.st_mode & S_ISVTX) != 0))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

static int open_room(int base, const char *room)
{
    struct stat st;
    int fd;

    if (mkdirat(base, room, 0700) != 0 && errno != EEXIST)
        return -1;
    fd = openat(base, room, PLACE_FLAGS | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* Returns a descriptor, or -1 with errno. */
static int open_both(char path[TABLE_RUNTIME], const char *base, int flags, const char *room)
{
    int above, fd, failed;

    if (base[0] != '/') {
        errno = EINVAL;
        return -1;
    }
    if ((size_t)snprintf(path, TABLE_RUNTIME, "%s/%s", base, room) >= TABLE_RUNTIME) {
        errno = ENAMETOOLONG;
        return -1;
    }
    above = open_base(base, flags);
    if (above < 0)
        return -1;
    fd = open_room(above, room);
    failed = errno;
    close(above);
    errno = failed;
    return fd;
}

/* The first candidate that will do; else errno is the last one's. */
static int open_default(char path[TABLE_RUNTIME], const char *room)
{
    const char *service = getenv("RUNTIME_DIRECTORY"), *session = getenv("XDG_RUNTIME_DIR");
    char base[TABLE_RUNTIME];
    int fd = -1;

    if (service != NULL)
        fd = open_both(path, service, 0, room);
    if (fd < 0 && session != NULL && session[0] == '/') {
        (void)snprintf(base, sizeof base, "%s/rollcall", session);
        if (mkdir(base, 0700) == 0 || errno == EEXIST)
            fd = open_both(path, base, O_NOFOLLOW, room);
    }
    if (fd >= 0)
        return fd;
    (void)snprintf(base, sizeof base, "/tmp/rollcall-%lu", (unsigned long)geteuid());
    if (mkdir(base, 0700) != 0 && errno != EEXIST)
        return -1;
    return open_both(path, base, O_NOFOLLOW, room);
}

/* A socket of ours: the parent's, PID.PLACE or PLACE of handlers, asks.PID of rollcallctl. */
static bool is_ours(const char *name)
{
    const size_t asks = strlen(TABLE_ASKS);
    struct stat st;

    if (fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    if (strcmp(name, TABLE_CONTROL) == 0)
        return true;
    if (strncmp(name, TABLE_ASKS, asks) == 0)
        name += asks;
    return name[strspn(name, "0123456789.")] == '\0';
}

/* Removes our sockets in the working directory (look: only looks at it). Returns 0, or -1 where
 * there is something else, whose name is in `other`. */
static int remove_sockets(bool look, char *other, size_t size)
{
    DIR *all = opendir(".");
    const struct dirent *entry;
    int result = 0;

    other[0] = '\0';
    if (all == NULL)
        return -1;
    while ((entry = readdir(all)) != NULL)
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        } else if (!is_ours(entry->d_name)) {
            (void)snprintf(other, size, "%s", entry->d_name);
            for (char *c = other; *c != '\0'; c++) /* whoever made that up */
                if (*c < ' ' || *c > '~')
                    *c = '?';
            result = -1;
        } else if (!look) {
            (void)unlink(entry->d_name);
        }
    closedir(all);
    return result;
}

int runtime_enter(char path[TABLE_RUNTIME], const char *base, const char *room, char *error,
                  size_t size)
{
    char other[256];
    int fd = base != NULL ? open_both(path, base, 0, room) : open_default(path, room);
    int failed, high;

    if (fd < 0) {
        (void)snprintf(error, size, "cannot make a runtime directory%s%s: %s%s", base ? " in " : "",
                       base ? base : "", strerror(errno),
                       errno == EPERM ? "; it must be this user's or root's, and nobody else's to "
                                        "change"
                       : errno == EINVAL ? "; expected a path that begins with '/'"
                                         : "");
        return -1;
    }
    /* out of the way: the descriptors that stay are one row, which a handler closes at once */
    high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
    if (high >= 0) {
        close(fd);
        fd = high;
    }
    failed = fchdir(fd) != 0 ? errno : 0;
    if (failed != 0) {
        (void)snprintf(error, size, "cannot enter %s: %s", path, strerror(failed));
        close(fd);
        return -1;
    }
    if (remove_sockets(true, other, sizeof other) != 0) {
        close(fd);
        (void)snprintf(error, size, "%s is not this room's alone: '%s' is in it; move that away",
                       path, other);
        return -1;
    }
    (void)remove_sockets(false, other, sizeof other);
    return fd;
}

void runtime_remove(const char *path)
{
    char above[TABLE_RUNTIME + 4], other[256];

    (void)remove_sockets(false, other, sizeof other);
    (void)snprintf(above, sizeof above, "../%s", strrchr(path, '/') + 1);
    (void)rmdir(above);
}
