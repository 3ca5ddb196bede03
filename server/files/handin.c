#define _POSIX_C_SOURCE 200809L

#include "server/files/handin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/files/quota.h"
#include "server/limits.h"
#include "server/wire/name.h"

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

static int open_unfinished(struct handin *handin)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd;

    inbox_name_unfinished(handin->unfinished, getpid());
    fd = openat(handin->inbox->fd, handin->unfinished, flags, HANDIN_PART_MODE);
    /* left by another process with this PID: the inbox was copied while in use */
    if (fd < 0 && errno == EEXIST &&
        inbox_remove_unfinished(handin->inbox, handin->unfinished) == 0)
        fd = openat(handin->inbox->fd, handin->unfinished, flags, HANDIN_PART_MODE);
    return fd;
}

/* Opens the part, and cuts off what is no byte of it. Returns a descriptor, or -1 with errno. */
static int open_part(struct handin *handin)
{
    int64_t received;
    int fd;

    memcpy(handin->unfinished, handin->part, sizeof handin->part);
    handin_part_expire(handin->inbox->fd, handin->part, handin->inbox->limits.parts);
    fd = handin_part_open(handin->inbox->fd, handin->part);
    received = fd < 0 ? 0 : handin_part_received(fd);
    if (fd < 0)
        return -1;
    if (received > 0 && (uint64_t)received <= handin->length)
        handin->received = (uint64_t)received;
    if (ftruncate(fd, (off_t)handin->received) == 0 &&
        lseek(fd, (off_t)handin->received, SEEK_SET) >= 0)
        return fd;
    close(fd);
    return -1;
}

static struct quota quota_of(const struct handin *handin)
{
    return (struct quota){.inbox = handin->inbox,
                          .directory = handin->directory,
                          .part = handin->part,
                          .length = handin->length};
}

/* Returns 0, or an errno. */
static int allocate(const struct handin *handin, uint64_t end)
{
    uint64_t more = end - handin->allocated;
    int failed = more > 0 ? posix_fallocate(handin->fd, (off_t)handin->allocated, (off_t)more) : 0;

    if (failed == EOPNOTSUPP || failed == EINVAL) /* this file system cannot reserve space */
        failed = ftruncate(handin->fd, (off_t)end) == 0 ? 0 : errno;
    if (failed == EDQUOT || failed == EFBIG) /* the system's limits, not those of the settings */
        failed = ENOSPC;
    return failed;
}

/* Allocates space for `size` more bytes and for what comes after them, so that a full disk shows
 * early, and two hand-ins cannot fill it together: of two that allocate at once, at least one
 * counts both. Returns 0, or an errno. */
static int reserve(struct handin *handin, size_t size)
{
    struct quota quota = quota_of(handin);
    uint64_t end = handin->received + size + LIMIT_INBOX_AHEAD;
    int failed;

    if (end > handin->length)
        end = handin->length;
    failed = quota_make_room(&quota, end - handin->allocated);
    if (failed == 0)
        failed = allocate(handin, end);
    if (failed == 0)
        failed = quota_check(&quota, 0);
    if (failed == 0)
        handin->allocated = end;
    return failed;
}

/* Whether all bytes that are announced have room now. Returns 0, or an errno. */
static int check_all(const struct handin *handin)
{
    struct quota quota = quota_of(handin);

    return quota_check(&quota, handin->length - handin->received);
}

int handin_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                 const char *name, uint64_t length, const char *part_of)
{
    int failed = 0;

    *handin = (struct handin){.inbox = inbox,
                              .client = client,
                              .name = name,
                              .directory = -1,
                              .fd = -1,
                              .is_part = part_of != NULL && inbox->limits.parts > 0,
                              .length = length};
    if (length > inbox->limits.file) {
        errno = EFBIG;
        return -1;
    }
    handin_part_name(handin->part, client, name, length, handin->is_part ? part_of : "");
    handin->directory = open_client(inbox, client);
    if (handin->directory >= 0 || errno == ENOENT)
        handin->fd = handin->is_part ? open_part(handin) : open_unfinished(handin);
    if (handin->fd < 0)
        failed = errno;
    handin->allocated = handin->received;
    if (failed == 0)
        failed = check_all(handin);
    if (failed == 0)
        failed = reserve(handin, 0);
    if (failed == 0)
        return 0;
    handin_end(handin, true);
    errno = failed;
    return -1;
}

int handin_restart(struct handin *handin)
{
    handin->received = handin->allocated = 0;
    if (ftruncate(handin->fd, 0) != 0 || lseek(handin->fd, 0, SEEK_SET) < 0)
        return errno;
    return reserve(handin, 0);
}

int handin_write(struct handin *handin, const void *data, size_t size)
{
    const char *from = data;
    int failed = handin->received + size > handin->allocated ? reserve(handin, size) : 0;

    while (failed == 0 && size > 0) {
        ssize_t put = write(handin->fd, from, size);

        if (put < 0) {
            failed = errno == EINTR ? 0 : errno == EDQUOT || errno == EFBIG ? ENOSPC : errno;
            continue;
        }
        handin->received += (uint64_t)put;
        from += put;
        size -= (size_t)put;
    }
    return failed;
}

int handin_ask(const struct inbox *inbox, const char *client, const char *name, uint64_t length)
{
    char part[HANDIN_PART_NAME_SIZE];
    struct quota quota;
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
    handin_part_name(part, client, name, length, "");
    fd = open_client(inbox, client);
    quota = (struct quota){.inbox = inbox, .directory = fd, .part = part, .length = length};
    failed = fd >= 0 || errno == ENOENT ? quota_check(&quota, length) : errno;
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
    handin->new_directory = mkdirat(handin->inbox->fd, handin->client, 0750) == 0;
    handin->directory = open_client(handin->inbox, handin->client);
    return handin->directory >= 0 ? 0 : -1;
}

int handin_keep(struct handin *handin, bool *kept)
{
    struct stat st;

    *kept = false;
    if ((handin->inbox->group && fchmod(handin->fd, 0640) != 0) || fsync(handin->fd) != 0 ||
        make_client(handin) != 0)
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

void handin_end(struct handin *handin, bool keeps)
{
    bool kept = keeps && handin->is_part && handin->received > 0 && handin->fd >= 0 &&
                ftruncate(handin->fd, (off_t)handin->received) == 0;

    if (handin->fd >= 0 && handin->unfinished[0] != '\0' && !kept)
        (void)unlinkat(handin->inbox->fd, handin->unfinished, 0); /* before the lock ends */
    if (handin->fd >= 0)
        close(handin->fd);
    if (handin->directory >= 0)
        close(handin->directory);
    if (handin->new_directory && handin->unfinished[0] != '\0')
        (void)unlinkat(handin->inbox->fd, handin->client, AT_REMOVEDIR);
    handin->fd = handin->directory = -1;
}
