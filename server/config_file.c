#define _POSIX_C_SOURCE 200809L

#include "server/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/limits.h"

static bool fail(char *error, size_t size, const char *path, const char *why)
{
    (void)snprintf(error, size, "cannot read the configuration '%s': %s", path, why);
    return false;
}

bool config_file_open(struct config_file *file, const char *path, char *error, size_t size)
{
    const char *slash = strrchr(path, '/');
    char *directory = file->room;

    *file = (struct config_file){.path = path, .name = slash ? slash + 1 : path, .directory = -1};
    if (slash == NULL)
        (void)snprintf(directory, PLACE_PATH, ".");
    else if ((size_t)snprintf(directory, PLACE_PATH, "%.*s",
                              slash == path ? 1 : (int)(slash - path), path) >= PLACE_PATH)
        return fail(error, size, path, strerror(ENAMETOOLONG));
    file->absolute = place_absolute(directory, file->room + PLACE_PATH);
    file->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->directory >= 0 || fail(error, size, path, strerror(errno));
}

/* Another directory at the path has another file, which a confined process cannot see. */
static bool is_moved(const struct config_file *file)
{
    return place_look(file->directory, file->absolute) != PLACE_SAME;
}

/* Returns a descriptor, or -1 and *error. A FIFO is opened without a wait, and then refused. */
static int open_regular(const struct config_file *file, char *error, size_t size)
{
    int fd = openat(file->directory, file->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat found;

    if (fd < 0) {
        (void)fail(error, size, file->path, strerror(errno));
        return -1;
    }
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
        return fd;
    (void)fail(error, size, file->path,
               S_ISDIR(found.st_mode) ? "it is a directory" : "it is not a regular file");
    close(fd);
    return -1;
}

/* Returns whether all was read; `text` has LIMIT_CONFIG + 1 bytes. */
static bool read_all(int fd, char *text, size_t *length)
{
    ssize_t got;

    *length = 0;
    while ((got = read(fd, text + *length, LIMIT_CONFIG + 1 - *length)) != 0)
        if (got > 0)
            *length += (size_t)got;
        else if (errno != EINTR)
            return false;
    return true;
}

char *config_file_read(const struct config_file *file, size_t *length, char *error, size_t size)
{
    char *text = NULL, large[64];
    int fd;

    if (is_moved(file)) {
        (void)fail(error, size, file->path, "its directory was moved or replaced since the start");
        return NULL;
    }
    fd = open_regular(file, error, size);
    if (fd < 0)
        return NULL;
    text = malloc(LIMIT_CONFIG + 1);
    (void)snprintf(large, sizeof large, "it has more than %d bytes", LIMIT_CONFIG);
    if (text == NULL || !read_all(fd, text, length))
        (void)fail(error, size, file->path, strerror(errno));
    else if (*length > LIMIT_CONFIG)
        (void)fail(error, size, file->path, large);
    else {
        close(fd);
        text[*length] = '\0';
        return text;
    }
    close(fd);
    free(text);
    return NULL;
}
