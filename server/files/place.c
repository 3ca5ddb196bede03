#define _POSIX_C_SOURCE 200809L

#include "server/files/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/descriptors.h"

const char *place_absolute(const char *path, char to[PLACE_PATH])
{
    const char *name = strcmp(path, ".") == 0 ? "" : path;
    size_t used;

    if (path[0] == '/')
        return path;
    if (getcwd(to, PLACE_PATH) == NULL)
        return NULL;
    used = strlen(to);
    if ((size_t)snprintf(to + used, PLACE_PATH - used, "%s%s", name[0] ? "/" : "", name) >=
        PLACE_PATH - used)
        return NULL;
    return to;
}

enum place place_look(int directory, const char *path)
{
    struct stat open, there;

    if (fstat(directory, &open) != 0)
        return PLACE_SAME;
    errno = 0;
    if (path != NULL && stat(path, &there) == 0)
        return there.st_dev == open.st_dev && there.st_ino == open.st_ino ? PLACE_SAME
                                                                          : PLACE_REPLACED;
    if (open.st_nlink == 0)
        return PLACE_GONE;
    return errno == ENOENT || errno == ENOTDIR ? PLACE_MOVED : PLACE_SAME;
}

int place_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || faccessat(fd, ".", R_OK | X_OK, 0) == 0)
        return fd;
    descriptors_close(fd);
    return -1;
}

int place_take(int directory, int opened)
{
    int done = dup2(opened, directory) < 0 || fcntl(directory, F_SETFD, FD_CLOEXEC) != 0 ? -1 : 0;

    descriptors_close(opened);
    return done;
}
