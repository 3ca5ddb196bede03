#define _POSIX_C_SOURCE 200809L

#include "shm/table/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The caller's umask decides whether the group may read. */
#define MODE 0640

void object_name(char *name, size_t size, const char *room)
{
    (void)snprintf(name, size, "/rollcall.%s", room);
}

static struct flock whole_object(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* Locks an object that was made or found. Returns 0 if the object still has its name; -1 with
 * errno: EBUSY (a living daemon has the object), EAGAIN (the object was replaced meanwhile: try
 * again), or another. */
static int object_lock(int fd)
{
    struct flock lock = whole_object(F_WRLCK);
    struct stat st;

    if (fcntl(fd, F_SETLK, &lock) != 0) {
        if (errno == EACCES || errno == EAGAIN)
            errno = EBUSY;
        return -1;
    }
    if (fstat(fd, &st) != 0)
        return -1;
    if (st.st_nlink == 0) {
        errno = EAGAIN;
        return -1;
    }
    return 0;
}

/* Removes an object whose daemon is dead. Returns 0 if a new one may be made, or -1 with errno. */
static int object_clear(const char *name)
{
    struct stat st;
    int fd = shm_open(name, O_RDWR, 0), failed = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (fstat(fd, &st) != 0) {
        failed = errno;
    } else if (st.st_uid != geteuid()) {
        failed = EPERM;
    } else if (object_lock(fd) != 0) {
        failed = errno == EAGAIN ? 0 : errno;
    } else if (shm_unlink(name) != 0) {
        failed =
            errno; /* keeps the lock until the object is removed, so that nobody else removes it */
    }
    close(fd);
    errno = failed;
    return failed ? -1 : 0;
}

int object_make(const char *name)
{
    for (int tries = 0; tries < 100; tries++) {
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, MODE);

        if (fd >= 0) {
            if (object_lock(fd) == 0)
                return fd;
            if (errno != EAGAIN && errno != EBUSY) {
                int failed = errno;

                close(fd);
                shm_unlink(name);
                errno = failed;
                return -1;
            }
            close(fd); /* another starting daemon took our new object for a dead daemon's */
        } else if (errno != EEXIST || object_clear(name) != 0) {
            return -1;
        }
    }
    errno = EBUSY;
    return -1;
}

bool object_is_locked(int fd)
{
    struct flock lock = whole_object(F_WRLCK);

    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
