#define _POSIX_C_SOURCE 200809L

#include "server/files/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/files/handin_part.h"

#define UNFINISHED ".incoming-"

static const char lock_name[] = ".lock";

int inbox_open(struct inbox *inbox, const char *path)
{
    inbox->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return inbox->fd < 0 ? -1 : 0;
}

/* Climbs from `directory` to the root, by "../../..", because a directory that cannot be opened can
 * still be searched. True also if that fails, or if both are the same directory. */
bool inbox_is_in(int directory, int other)
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
    return inbox_is_in(inbox->fd, share) || inbox_is_in(share, inbox->fd);
}

int inbox_check(const struct inbox *inbox)
{
    if (faccessat(inbox->fd, ".", R_OK | W_OK | X_OK, 0) != 0)
        return -1;
    return faccessat(inbox->fd, lock_name, R_OK | W_OK, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int take_lock(struct inbox *inbox)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    inbox->lock =
        openat(inbox->fd, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (inbox->lock < 0)
        return -1;
    if (fcntl(inbox->lock, F_SETLK, &lock) == 0)
        return 0;
    if (errno == EACCES || errno == EAGAIN)
        errno = EBUSY;
    return -1;
}

/* Removes a file that a handler of this user left unfinished. What only has such a name stays. */
int inbox_remove_unfinished(const struct inbox *inbox, const char *name)
{
    struct stat st;
    size_t prefix = strlen(UNFINISHED);

    if (strncmp(name, UNFINISHED, prefix) != 0 || name[prefix] == '\0' ||
        name[prefix + strspn(name + prefix, "0123456789")] != '\0' ||
        fstatat(inbox->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !handin_part_is_made(&st))
        return -1;
    return unlinkat(inbox->fd, name, 0);
}

int inbox_claim(struct inbox *inbox)
{
    const struct dirent *entry;
    DIR *listing;

    if (inbox_check(inbox) != 0 || take_lock(inbox) != 0)
        return -1;
    listing = inbox_list(inbox->fd);
    if (listing == NULL)
        return -1;
    while ((entry = readdir(listing)) != NULL)
        (void)inbox_remove_unfinished(inbox, entry->d_name);
    closedir(listing);
    inbox_tidy(inbox);
    return 0;
}

void inbox_tidy(const struct inbox *inbox)
{
    const struct dirent *entry;
    DIR *listing = inbox->fd >= 0 ? inbox_list(inbox->fd) : NULL;

    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL)
        handin_part_expire(inbox->fd, entry->d_name, inbox->limits.parts);
    closedir(listing);
}

void inbox_forget(const struct inbox *inbox, pid_t pid)
{
    char unfinished[INBOX_UNFINISHED_SIZE];

    if (inbox->fd < 0)
        return;
    inbox_name_unfinished(unfinished, pid);
    (void)inbox_remove_unfinished(inbox, unfinished);
}

void inbox_name_unfinished(char to[INBOX_UNFINISHED_SIZE], pid_t pid)
{
    (void)snprintf(to, INBOX_UNFINISHED_SIZE, UNFINISHED "%ld", (long)pid);
}

DIR *inbox_list(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    int failed = errno;

    if (listing == NULL && fd >= 0)
        close(fd);
    errno = failed;
    return listing;
}
