#define _POSIX_C_SOURCE 200809L

#include "server/files/handin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/name.h"
#include "server/wire/text.h"

bool handin_name_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= HANDIN_NAME_MAX && name[0] != '.' &&
           strchr(name, '/') == NULL && text_is_name(name, length);
}

/* ---- quotas. Files are counted anew each time, because a stored count could be wrong after a
 * handler's death. A file that is still arriving counts with its full length. */

struct use {
    uint64_t bytes, files;
};

/* The regular files in one directory. Returns 0, or -1 with errno. */
static int add_use(struct use *use, int directory)
{
    DIR *listing = inbox_list(directory);
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

/* The regular files in the inbox and in all clients' directories. */
static int add_all_use(struct use *use, int inbox)
{
    DIR *listing;
    const struct dirent *entry;
    int failed = add_use(use, inbox);

    listing = failed == 0 ? inbox_list(inbox) : NULL;
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

/* Whether a file of this length may be added to a client's directory (-1: there is none yet), where
 * `more` bytes of it are not reserved yet. Returns 0, or an errno. */
static int check_quota(const struct inbox *inbox, int directory, uint64_t length, uint64_t more)
{
    const struct inbox_limits *limits = &inbox->limits;
    struct use client = {0}, all = {0};
    struct statvfs disk;

    if ((directory >= 0 && add_use(&client, directory) != 0) || add_all_use(&all, inbox->fd) != 0 ||
        fstatvfs(inbox->fd, &disk) != 0)
        return errno;
    if (client.files >= limits->files)
        return EMFILE;
    if (client.bytes + length > limits->client)
        return EDQUOT;
    if (all.bytes + more > limits->total ||
        (uint64_t)disk.f_bavail * disk.f_frsize < limits->free + more)
        return ENOSPC;
    return 0;
}

/* ---- one file */

static int open_directory(const struct inbox *inbox, const char *name)
{
    return openat(inbox->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* The client's directory, with the client's name, or with what is the same name in another case.
 * Returns a descriptor, or -1 with errno. */
static int open_client(const struct inbox *inbox, const char *client)
{
    int fd = open_directory(inbox, client);
    const struct dirent *entry;
    DIR *listing;

    if (fd >= 0 || errno != ENOENT)
        return fd;
    listing = inbox_list(inbox->fd);
    if (listing == NULL)
        return -1;
    while (fd < 0 && (entry = readdir(listing)) != NULL)
        if (name_same(entry->d_name, client))
            fd = open_directory(inbox, entry->d_name);
    closedir(listing);
    if (fd < 0)
        errno = ENOENT;
    return fd;
}

static int open_unfinished(const struct handin *handin)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(handin->inbox->fd, handin->unfinished, flags, INBOX_UNFINISHED_MODE);

    /* left by another process with this PID: the inbox was copied while in use */
    if (fd < 0 && errno == EEXIST &&
        inbox_remove_unfinished(handin->inbox, handin->unfinished) == 0)
        fd = openat(handin->inbox->fd, handin->unfinished, flags, INBOX_UNFINISHED_MODE);
    return fd;
}

/* Reserves the space, so that a full disk shows before the client sends a byte, and two hand-ins
 * cannot fill it together. Returns 0, or an errno. */
static int reserve_space(const struct handin *handin)
{
    int failed = handin->length > 0 ? posix_fallocate(handin->fd, 0, (off_t)handin->length) : 0;

    if (failed == EOPNOTSUPP || failed == EINVAL) /* this file system cannot reserve space */
        failed = ftruncate(handin->fd, (off_t)handin->length) == 0 ? 0 : errno;
    if (failed == EDQUOT || failed == EFBIG) /* the system's limits, not those of the settings */
        failed = ENOSPC;
    return failed == 0 ? check_quota(handin->inbox, handin->directory, handin->length, 0) : failed;
}

int handin_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                 const char *name, uint64_t length)
{
    int failed = 0;

    *handin = (struct handin){.inbox = inbox,
                              .client = client,
                              .name = name,
                              .directory = -1,
                              .fd = -1,
                              .length = length};
    if (length > inbox->limits.file) {
        errno = EFBIG;
        return -1;
    }
    inbox_name_unfinished(handin->unfinished, getpid());
    handin->directory = open_client(inbox, client);
    if (handin->directory >= 0 || errno == ENOENT)
        handin->fd = open_unfinished(handin);
    if (handin->fd < 0)
        failed = errno;
    else
        failed = reserve_space(handin);
    if (failed == 0)
        return 0;
    handin_drop(handin);
    errno = failed;
    return -1;
}

int handin_ask(const struct inbox *inbox, const char *client, const char *name, uint64_t length)
{
    struct stat st;
    int fd = handin_open_earlier(inbox, client, name, &st), failed;

    if (fd >= 0)
        close(fd);
    if (fd >= 0 && (uint64_t)st.st_size == length)
        return 0;
    if (length > inbox->limits.file) {
        errno = EFBIG;
        return -1;
    }
    fd = open_client(inbox, client);
    failed = fd >= 0 || errno == ENOENT ? check_quota(inbox, fd, length, length) : errno;
    if (fd >= 0)
        close(fd);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

int handin_open_earlier(const struct inbox *inbox, const char *client, const char *name,
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

/* Gives the earlier file the name of a version, NAME.~N~: as a second link, so that the file has
 * NAME until the new one takes it; by renaming where the file system has no links. Nobody else
 * writes into this directory, because a name belongs to one client at a time, and the inbox to one
 * daemon. */
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

/* The client's directory is made for a file that is whole, so that what breaks off leaves none. */
static int make_client(struct handin *handin)
{
    if (handin->directory >= 0)
        return 0;
    handin->new_directory = mkdirat(handin->inbox->fd, handin->client, 0700) == 0;
    handin->directory = open_client(handin->inbox, handin->client);
    return handin->directory >= 0 ? 0 : -1;
}

int handin_keep(struct handin *handin, bool *kept)
{
    struct stat st;

    *kept = false;
    if (fsync(handin->fd) != 0 || make_client(handin) != 0)
        return -1;
    *kept = fstatat(handin->directory, handin->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if ((*kept && set_aside(handin) != 0) ||
        renameat(handin->inbox->fd, handin->unfinished, handin->directory, handin->name) != 0)
        return -1;
    handin->unfinished[0] = '\0';
    /* makes the names, too, survive a loss of power; not all file systems can */
    (void)fsync(handin->directory);
    if (handin->new_directory)
        (void)fsync(handin->inbox->fd);
    return 0;
}

void handin_drop(struct handin *handin)
{
    if (handin->fd >= 0) {
        close(handin->fd);
        if (handin->unfinished[0] != '\0')
            (void)unlinkat(handin->inbox->fd, handin->unfinished, 0);
    }
    if (handin->directory >= 0)
        close(handin->directory);
    if (handin->new_directory && handin->unfinished[0] != '\0')
        (void)unlinkat(handin->inbox->fd, handin->client, AT_REMOVEDIR);
    handin->fd = handin->directory = -1;
}
