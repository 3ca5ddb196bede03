#define _XOPEN_SOURCE 700 /* POSIX.1-2008 with S_ISVTX */

#include "server/system/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

#define HIGH 64 /* a descriptor above those that the parent keeps */
/* rollcallctl makes a socket in the directory, and nobody removes another's. The umask decides
 * whether that is for the group, too. */
#define MODE        (S_ISVTX | S_IRWXU | S_IRWXG)
#define PLACE_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Closes the descriptor for this reason. */
static int fail(int fd, int error)
{
    close(fd);
    errno = error;
    return -1;
}

/* The directory must belong to us or root, and be either not writable for others or sticky. flags:
 * O_NOFOLLOW if the daemon chose the path, because others could have put a link there. */
static int open_base(const char *path, int flags)
{
    int fd = open(path, PLACE_FLAGS | flags);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && (st.st_uid == geteuid() || st.st_uid == 0) &&
        ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (st.st_mode & S_ISVTX) != 0))
        return fd;
    return fail(fd, EPERM);
}

/* Nobody but its owner can remove or replace a socket in the directory. */
static bool is_closed(const struct stat *st)
{
    return (st->st_mode & S_IRWXO) == 0 &&
           ((st->st_mode & S_IRWXG) == 0 || (st->st_mode & S_ISVTX));
}

static int open_room(int base, const char *room)
{
    bool made = mkdirat(base, room, MODE) == 0;
    struct stat st;
    int fd, failed;

    if (!made && errno != EEXIST)
        return -1;
    fd = openat(base, room, PLACE_FLAGS | O_NOFOLLOW);
    if (fd < 0) {
        failed = errno;
        if (made)
            (void)unlinkat(base, room, AT_REMOVEDIR);
        errno = failed;
        return -1;
    }
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && is_closed(&st))
        return fd;
    return fail(fd, EPERM);
}

/* Returns a descriptor, or -1 with errno. */
static int open_both(char *path, size_t size, const char *base, int flags, const char *room)
{
    int above, fd;

    if (base[0] != '/') {
        errno = EINVAL;
        return -1;
    }
    if ((size_t)snprintf(path, size, "%s/%s", base, room) >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    above = open_base(base, flags);
    if (above < 0)
        return -1;
    fd = open_room(above, room);
    descriptors_close(above);
    return fd;
}

/* The same, and makes the base if it is missing. */
static int make_both(char *path, size_t size, const char *base, const char *room)
{
    if (mkdir(base, 0700) != 0 && errno != EEXIST)
        return -1;
    return open_both(path, size, base, O_NOFOLLOW, room);
}

/* Returns the first usable candidate; if none is usable, errno is the last candidate's. */
static int open_default(char *path, size_t size, const char *room)
{
    const char *service = getenv("RUNTIME_DIRECTORY"), *session = getenv("XDG_RUNTIME_DIR");
    char base[PATH_MAX];
    int fd = -1;

    if (service != NULL)
        fd = open_both(path, size, service, 0, room);
    if (fd < 0 && session != NULL && session[0] == '/' &&
        (size_t)snprintf(base, sizeof base, "%s/rollcall", session) < sizeof base)
        fd = make_both(path, size, base, room);
    if (fd >= 0)
        return fd;
    (void)snprintf(base, sizeof base, "/tmp/rollcall-%lu", (unsigned long)geteuid());
    return make_both(path, size, base, room);
}

/* Whether a name in the working directory is one of the room's. */
static bool is_ours(const char *name, const struct runtime_names *names)
{
    const size_t asks = strlen(names->asks);
    struct stat st;

    if (fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (strcmp(name, names->journal) == 0)
        return S_ISLNK(st.st_mode);
    if (!S_ISSOCK(st.st_mode))
        return false;
    if (strcmp(name, names->control) == 0)
        return true;
    return strncmp(name, names->asks, asks) == 0 &&
           name[asks + strspn(name + asks, "0123456789")] == '\0';
}

/* Copies a name made by somebody else, sanitized. */
static void show_name(char *to, size_t size, const char *name)
{
    (void)snprintf(to, size, "%s", name);
    for (char *c = to; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

/* Removes what is the room's in the working directory, or, if `look`, only looks for it. Returns
 * 0, or -1: the name of something else is in `other`, or that is "" and errno is set. */
static int remove_ours(const struct runtime_names *names, bool look, char *other, size_t size)
{
    DIR *all = opendir(".");
    const struct dirent *entry;
    int result = 0;

    other[0] = '\0';
    if (all == NULL)
        return -1;
    while ((entry = readdir(all)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!is_ours(entry->d_name, names)) {
            show_name(other, size, entry->d_name);
            result = -1;
        } else if (!look) {
            (void)unlink(entry->d_name);
        }
    }
    closedir(all);
    return result;
}

/* Removes the working directory under the name ../NAME, because rmdir(".") fails. */
static void remove_directory(const char *path)
{
    char above[NAME_MAX + 4];

    (void)snprintf(above, sizeof above, "../%s", strrchr(path, '/') + 1);
    (void)rmdir(above);
}

static int explain(const char *base, char *error, size_t size)
{
    (void)snprintf(error, size, "cannot make a runtime directory%s%s: %s%s", base ? " in " : "",
                   base ? base : "", strerror(errno),
                   errno == EPERM    ? "; it must be this user's or root's, and nobody else's to "
                                       "change"
                   : errno == EINVAL ? "; expected a path that begins with '/'"
                                     : "");
    return -1;
}

/* Moves a descriptor to a higher number, so that the parent's descriptors are adjacent and a
 * handler closes them with one call. */
static int move_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);

    if (high < 0)
        return fd;
    close(fd);
    return high;
}

int runtime_enter(char *path, size_t path_size, const char *base, const char *room,
                  const struct runtime_names *names, char *error, size_t size)
{
    char other[256];
    int fd = base != NULL ? open_both(path, path_size, base, 0, room)
                          : open_default(path, path_size, room);

    if (fd < 0)
        return explain(base, error, size);
    fd = move_high(fd);
    if (fchdir(fd) != 0) {
        (void)snprintf(error, size, "cannot enter %s: %s", path, strerror(errno));
        (void)rmdir(path);
        return fail(fd, 0);
    }
    if (remove_ours(names, true, other, sizeof other) == 0) {
        (void)remove_ours(names, false, other, sizeof other);
        return fd;
    }
    if (other[0] != '\0')
        (void)snprintf(error, size, "%s contains another file: '%s'; move that away", path, other);
    else
        (void)snprintf(error, size, "cannot read %s: %s", path, strerror(errno));
    remove_directory(path);
    return fail(fd, 0);
}

int runtime_return(const char *path, bool own)
{
    const char *room = strrchr(path, '/');
    char base[PATH_MAX], again[PATH_MAX];
    struct stat here, there;
    int fd, done;

    if (stat(".", &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
        here.st_ino == there.st_ino)
        return 0;
    if (room == NULL || (size_t)(room - path) >= sizeof base) {
        errno = EINVAL;
        return -1;
    }
    memcpy(base, path, (size_t)(room - path));
    base[room - path] = '\0';
    fd = open_both(again, sizeof again, base, own ? O_NOFOLLOW : 0, room + 1);
    if (fd < 0)
        return -1;
    done = fchdir(fd);
    descriptors_close(fd);
    return done;
}

void runtime_remove(const char *path, const struct runtime_names *names)
{
    char other[256];

    if (is_ours(names->control, names))
        (void)unlink(names->control);
    (void)remove_ours(names, false, other, sizeof other);
    remove_directory(path);
}
