#define _POSIX_C_SOURCE 200809L

#include "server/files/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/limits.h"

#define TEMPORARY ".incoming-"

static const char lock_name[] = ".lock";

bool inbox_name_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= INBOX_NAME_MAX && name[0] != '.' && strchr(name, '/') == NULL;
}

/* ---- the parent's part */

int inbox_open(struct inbox *inbox, const char *path)
{
    inbox->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return inbox->fd < 0 ? -1 : 0;
}

/* Goes up by "../../..", for a directory above may be searched where it may not be opened. */
static bool is_in(int directory, int other)
{
    char up[PATH_MAX] = ".";
    struct stat wanted, here, below = {0};

    if (fstat(other, &wanted) != 0)
        return true;
    for (size_t length = 1; length + 4 < sizeof up; length += 3) {
        if (fstatat(directory, up, &here, 0) != 0 ||
            (here.st_dev == wanted.st_dev && here.st_ino == wanted.st_ino))
            return true;
        if (here.st_dev == below.st_dev && here.st_ino == below.st_ino)
            return false; /* the root is its own parent */
        below = here;
        memcpy(up + length, "/..", 4);
    }
    return true;
}

bool inbox_overlaps(const struct inbox *inbox, int share)
{
    return is_in(inbox->fd, share) || is_in(share, inbox->fd);
}

static DIR *open_listing(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);

    if (listing == NULL && fd >= 0)
        close(fd);
    return listing;
}

static bool is_temporary(const char *name)
{
    return strncmp(name, TEMPORARY, strlen(TEMPORARY)) == 0;
}

int inbox_claim(struct inbox *inbox)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const struct dirent *entry;
    DIR *listing;

    inbox->lock =
        openat(inbox->fd, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (inbox->lock < 0)
        return -1;
    if (fcntl(inbox->lock, F_SETLK, &lock) != 0) {
        if (errno == EACCES || errno == EAGAIN)
            errno = EBUSY;
        return -1;
    }
    listing = open_listing(inbox->fd);
    if (listing == NULL)
        return -1;
    while ((entry = readdir(listing)) != NULL)
        if (is_temporary(entry->d_name))
            (void)unlinkat(inbox->fd, entry->d_name, 0);
    closedir(listing);
    return 0;
}

static void name_temporary(char to[32], pid_t pid)
{
    (void)snprintf(to, 32, TEMPORARY "%ld", (long)pid);
}

void inbox_forget(const struct inbox *inbox, pid_t pid)
{
    char temporary[32];

    if (inbox->fd < 0)
        return;
    name_temporary(temporary, pid);
    (void)unlinkat(inbox->fd, temporary, 0);
}

/* ---- room: what is there already is counted anew each time, so that no death can make a count
 * wrong. Files that are still coming count with all their length. */

struct use {
    uint64_t bytes, files;
};

static int add_use(struct use *use, int directory)
{
    DIR *listing = open_listing(directory);
    const struct dirent *entry;
    struct stat st;

    if (listing == NULL)
        return -1;
    while ((entry = readdir(listing)) != NULL)
        if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode)) {
            use->bytes += (uint64_t)st.st_size;
            use->files++;
        }
    closedir(listing);
    return 0;
}

static int add_all_use(struct use *use, int inbox)
{
    DIR *listing;
    const struct dirent *entry;
    int failed = add_use(use, inbox);

    listing = failed == 0 ? open_listing(inbox) : NULL;
    if (listing == NULL)
        return -1;
    while (failed == 0 && (entry = readdir(listing)) != NULL) {
        int directory = entry->d_name[0] == '.'
                            ? -1
                            : openat(inbox, entry->d_name,
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        if (directory < 0)
            continue;
        failed = add_use(use, directory);
        close(directory);
    }
    closedir(listing);
    return failed;
}

/* Returns 0, or an errno. */
static int check_room(const struct handin *handin)
{
    const struct inbox_limits *limits = &handin->inbox->limits;
    struct use client = {0}, all = {0};
    struct statvfs disk;

    if (add_use(&client, handin->directory) != 0 || add_all_use(&all, handin->inbox->fd) != 0 ||
        fstatvfs(handin->fd, &disk) != 0)
        return errno;
    if (client.files >= limits->files)
        return EMFILE;
    if (client.bytes + handin->length > limits->client)
        return EDQUOT;
    if (all.bytes > limits->total || (uint64_t)disk.f_bavail * disk.f_frsize < limits->free)
        return ENOSPC;
    return 0;
}

/* ---- one file */

static int open_client(const struct inbox *inbox, const char *client)
{
    return openat(inbox->fd, client, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_temporary(const struct handin *handin)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(handin->inbox->fd, handin->temporary, flags, 0600);

    /* a process of that number before us, in a directory that was copied with what was in it */
    if (fd < 0 && errno == EEXIST && unlinkat(handin->inbox->fd, handin->temporary, 0) == 0)
        fd = openat(handin->inbox->fd, handin->temporary, flags, 0600);
    return fd;
}

/* So that a full disk is known before a byte is sent, and is not the next one's fault. Returns 0,
 * or an errno. */
static int take_room(const struct handin *handin)
{
    int failed = handin->length > 0 ? posix_fallocate(handin->fd, 0, (off_t)handin->length) : 0;

    if (failed == EOPNOTSUPP || failed == EINVAL) /* a file system that cannot promise */
        failed = ftruncate(handin->fd, (off_t)handin->length) == 0 ? 0 : errno;
    if (failed == EDQUOT || failed == EFBIG) /* the system's limits, not ours */
        failed = ENOSPC;
    return failed == 0 ? check_room(handin) : failed;
}

int inbox_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                const char *name, uint64_t length)
{
    int failed = 0;

    *handin =
        (struct handin){.inbox = inbox, .name = name, .directory = -1, .fd = -1, .length = length};
    if (length > inbox->limits.file) {
        errno = EFBIG;
        return -1;
    }
    name_temporary(handin->temporary, getpid());
    handin->new_directory = mkdirat(inbox->fd, client, 0700) == 0;
    handin->directory = open_client(inbox, client);
    handin->fd = handin->directory < 0 ? -1 : open_temporary(handin);
    if (handin->fd < 0)
        failed = errno;
    else
        failed = take_room(handin);
    if (failed == 0)
        return 0;
    inbox_drop(handin);
    if (handin->new_directory)
        (void)unlinkat(inbox->fd, client, AT_REMOVEDIR);
    errno = failed;
    return -1;
}

int inbox_open_earlier(const struct inbox *inbox, const char *client, const char *name,
                       struct stat *st)
{
    int directory = open_client(inbox, client), fd, failed;

    if (directory < 0)
        return -1;
    fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    failed = errno;
    close(directory);
    if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    if (fd >= 0) {
        failed = ENOENT;
        close(fd);
    }
    errno = failed;
    return -1;
}

/* Gives the file of that name its version's name too, so that there is no moment without it; where
 * the file system has no links, instead. Nobody else writes into this directory: a name belongs to
 * one client at a time, and the inbox to one daemon. */
static int set_aside(const struct handin *handin)
{
    int directory = handin->directory;

    for (int version = 1; version <= LIMIT_VERSIONS; version++) {
        char aside[NAME_MAX + 1];
        struct stat st;

        (void)snprintf(aside, sizeof aside, "%s.~%d~", handin->name, version);
        if (fstatat(directory, aside, &st, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        if (linkat(directory, handin->name, directory, aside, 0) == 0)
            return 0;
        return renameat(directory, handin->name, directory, aside);
    }
    errno = EEXIST;
    return -1;
}

int inbox_keep(struct handin *handin, bool *kept)
{
    struct stat st;

    *kept = fstatat(handin->directory, handin->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (fsync(handin->fd) != 0 || (*kept && set_aside(handin) != 0) ||
        renameat(handin->inbox->fd, handin->temporary, handin->directory, handin->name) != 0)
        return -1;
    handin->temporary[0] = '\0';
    /* the names, too, are to outlive a loss of power; some file systems cannot promise that */
    (void)fsync(handin->directory);
    if (handin->new_directory)
        (void)fsync(handin->inbox->fd);
    return 0;
}

void inbox_drop(struct handin *handin)
{
    if (handin->fd >= 0) {
        close(handin->fd);
        if (handin->temporary[0] != '\0')
            (void)unlinkat(handin->inbox->fd, handin->temporary, 0);
    }
    if (handin->directory >= 0)
        close(handin->directory);
    handin->fd = handin->directory = -1;
}
