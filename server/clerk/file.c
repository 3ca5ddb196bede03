#define _POSIX_C_SOURCE 200809L

#include "server/clerk/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/clock.h"

#define MODE 0640 /* a group may read it */

static int fail(int fd, int error)
{
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* The clerk of a daemon that was killed lets go within moments. */
static int lock(int fd)
{
    const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int64_t until = clock_now() + LIMIT_JOURNAL_LOCK_MS * CLOCK_MS;

    while (fcntl(fd, F_SETLK, &whole) != 0) {
        if (errno != EACCES && errno != EAGAIN)
            return -1;
        if (clock_now() >= until) {
            errno = EBUSY;
            return -1;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20 * CLOCK_MS}, NULL);
    }
    return 0;
}

int file_open(struct file *file, bool *made)
{
    const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = openat(file->directory, file->name, flags | O_CREAT | O_EXCL, MODE);
    struct stat st;

    if (fd >= 0)
        (void)fchmod(fd, MODE); /* whatever the umask is */
    else if (errno == EEXIST)
        fd = openat(file->directory, file->name, flags);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(fd, errno);
    if (!S_ISREG(st.st_mode))
        return fail(fd, EINVAL);
    if (lock(fd) != 0 || fstat(fd, &st) != 0)
        return fail(fd, errno);
    if (file->waiting == NULL && (file->waiting = malloc(LIMIT_JOURNAL_KEPT)) == NULL)
        return fail(fd, ENOMEM);
    file->fd = fd;
    file->size = st.st_size;
    file->error = 0;
    *made = st.st_size == 0;
    if (*made)
        (void)fsync(file->directory);
    return 0;
}

bool file_is_same(const struct file *file)
{
    struct stat here, there;

    return fstat(file->fd, &here) == 0 &&
           fstatat(file->directory, file->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

void file_close(struct file *file)
{
    close(file->fd);
    file->fd = -1;
    free(file->waiting);
    file->waiting = NULL;
}

void file_take_over(struct file *file, struct file *next)
{
    close(file->fd);
    free(next->waiting);
    file->fd = next->fd;
    file->size = next->size;
    file->error = 0;
}

bool file_has_room(const struct file *file)
{
    return LIMIT_JOURNAL_KEPT - file->used >= ENTRY_MAX;
}

bool file_add(struct file *file, const char *line, size_t length)
{
    if (length > LIMIT_JOURNAL_KEPT - file->used)
        return false;
    memcpy(file->waiting + file->used, line, length);
    file->used += length;
    return true;
}

int file_cut(struct file *file, off_t size)
{
    if (ftruncate(file->fd, size) != 0)
        return -1;
    file->size = size;
    return 0;
}

/* Writes all, or takes back what was written of it. */
static int append(struct file *file)
{
    size_t done = 0;

    if (file->error != 0 && file_cut(file, file->size) != 0)
        return -1;
    while (done < file->used) {
        ssize_t put = write(file->fd, file->waiting + done, file->used - done);
        int failed = put < 0 ? errno : ENOSPC;

        if (put > 0) {
            done += (size_t)put;
        } else if (failed != EINTR) {
            if (done > 0)
                (void)file_cut(file, file->size);
            errno = failed;
            return -1;
        }
    }
    return 0;
}

int file_write(struct file *file, int64_t now)
{
    if (file->used == 0)
        return file->error != 0 ? -1 : 0;
    if (file->error != 0 && now < file->retry)
        return -1;
    if (append(file) != 0) {
        file->error = errno;
        file->retry = now + LIMIT_JOURNAL_FULL_MS * CLOCK_MS;
        return -1;
    }
    file->size += (off_t)file->used;
    file->used = 0;
    file->error = 0;
    if (file->flush_by == 0)
        file->flush_by = now + LIMIT_JOURNAL_FLUSH_MS * CLOCK_MS;
    return 0;
}

int file_flush(struct file *file)
{
    file->flush_by = 0;
    return fdatasync(file->fd);
}
