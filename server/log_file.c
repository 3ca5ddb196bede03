#define _POSIX_C_SOURCE 200809L

#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640 /* a group may read it */

static int descriptor = -1, directory = -1;
static const char *name;

/* Only what never makes a writer wait. Returns a descriptor, or -1 with errno. */
static int open_regular(void)
{
    const int flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = openat(directory, name, flags | O_CREAT | O_EXCL, MODE);
    struct stat found;

    if (fd >= 0)
        (void)fchmod(fd, MODE); /* whatever the umask is */
    else if (errno == EEXIST)
        fd = openat(directory, name, flags);
    if (fd < 0 || (fstat(fd, &found) == 0 && S_ISREG(found.st_mode)))
        return fd;
    close(fd);
    errno = EISDIR; /* what it is for a directory */
    return -1;
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
    int fd = open_regular(), failed;

    if (fd < 0)
        return -1;
    failed = dup2(fd, descriptor) < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ? errno : 0;
    close(fd);
    errno = failed;
    return failed == 0 ? 0 : -1;
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
