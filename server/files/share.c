#define _POSIX_C_SOURCE 200809L

#include "server/files/share.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/text.h"

int share_open(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int share_check(int share)
{
    return faccessat(share, ".", R_OK | X_OK, 0);
}

enum place share_follow(int share, const char *path, const struct inbox *inbox)
{
    enum place place = place_look(share, path);
    int fd;

    if (place == PLACE_SAME || place == PLACE_MOVED)
        return PLACE_SAME;
    fd = place == PLACE_REPLACED ? place_open(path) : -1;
    if (fd >= 0 && inbox->fd >= 0 && inbox_overlaps(inbox, fd))
        close(fd);
    else if (fd >= 0 && place_take(share, fd) == 0)
        return PLACE_SAME;
    return place;
}

/* Closes a descriptor, if it is one, and sets errno. Returns -1. */
static int fail(int fd, int error)
{
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* Opens the directory that holds the last part of a name; *last becomes that part. Returns a
 * descriptor, or -1 with errno. */
static int walk(int share, const char *name, const char **last)
{
    int at = openat(share, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (at >= 0) {
        size_t length = strcspn(name, "/");
        char part[NAME_MAX + 1];
        int next;

        if (length == 0 || length > NAME_MAX || name[0] == '.' || !text_is_name(name, length))
            return fail(at, ENOENT);
        if (name[length] == '\0') {
            *last = name;
            return at;
        }
        memcpy(part, name, length);
        part[length] = '\0';
        name += length + 1;
        next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        (void)fail(at, errno);
        at = next;
    }
    return -1;
}

/* The type is checked before the file is opened, because opening a FIFO or a device can have
 * effects, and again afterwards, because another file may have taken the name in between. */
int share_open_file(int share, const char *name, struct stat *st)
{
    const char *last;
    int directory = walk(share, name, &last), file = -1;

    if (directory < 0)
        return -1;
    if (fstatat(directory, last, st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(directory, errno == EACCES ? EACCES : ENOENT);
    if (!S_ISREG(st->st_mode))
        return fail(directory, ENOENT);
    file = openat(directory, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    (void)fail(directory, errno);
    if (file < 0)
        return -1;
    if (fstat(file, st) != 0 || !S_ISREG(st->st_mode))
        return fail(file, ENOENT);
    return file;
}

static int open_directory(int share, const char *name)
{
    char whole[PATH_MAX + 2];
    const char *last;
    int at, directory;

    if (name[0] == '\0')
        return openat(share, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (strlen(name) > PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    (void)snprintf(whole, sizeof whole, "%s", name);
    if (whole[strlen(whole) - 1] == '/') /* a directory, as listings show it */
        whole[strlen(whole) - 1] = '\0';
    at = walk(share, whole, &last);
    if (at < 0)
        return -1;
    directory = openat(at, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    (void)fail(at, errno);
    return directory;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct share_entry *)a)->name, ((const struct share_entry *)b)->name);
}

/* Makes room for one more entry. -1 with errno: ENOMEM, or E2BIG. */
static int make_room(struct share_list *list)
{
    size_t more = list->capacity > 0 ? 2 * list->capacity : 32;
    struct share_entry *grown;

    if (list->count == LIMIT_LIST_NAMES) {
        errno = E2BIG;
        return -1;
    }
    if (list->count < list->capacity)
        return 0;
    grown = realloc(list->entry, more * sizeof *grown);
    if (grown == NULL)
        return -1;
    list->entry = grown;
    list->capacity = more;
    return 0;
}

/* Adds a name to the list, unless clients must not see it. -1 with errno: ENOMEM, or E2BIG. */
static int add(struct share_list *list, const char *name)
{
    size_t length = strlen(name);
    struct share_entry entry;
    struct stat st;

    if (name[0] == '.' || fstatat(dirfd(list->stream), name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return 0;
    if (!text_is_name(name, length)) {
        list->hidden++;
        (void)snprintf(list->hidden_name, sizeof list->hidden_name, "%s", name);
        return 0;
    }
    if (make_room(list) != 0)
        return -1;
    entry.name = malloc(length + 2);
    if (entry.name == NULL)
        return -1;
    (void)snprintf(entry.name, length + 2, "%s%s", name, S_ISDIR(st.st_mode) ? "/" : "");
    entry.size = S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size;
    entry.changed = st.st_mtime;
    list->entry[list->count++] = entry;
    return 0;
}

int share_begin(int share, const char *directory, struct share_list *list)
{
    int fd = open_directory(share, directory);

    *list = (struct share_list){0};
    if (fd < 0)
        return -1;
    list->stream = fdopendir(fd);
    return list->stream != NULL ? 0 : fail(fd, errno);
}

static void end_reading(struct share_list *list)
{
    if (list->stream != NULL)
        closedir(list->stream);
    list->stream = NULL;
}

int share_go_on(struct share_list *list, size_t names)
{
    const struct dirent *found = NULL;
    int failed = 0;

    while (failed == 0 && names-- > 0) {
        errno = 0;
        found = readdir(list->stream);
        if (found == NULL || add(list, found->d_name) != 0)
            failed = errno;
        if (found == NULL)
            break;
    }
    if (failed != 0) {
        share_free(list);
        errno = failed;
        return -1;
    }
    if (found != NULL)
        return 1;
    end_reading(list);
    if (list->count > 0)
        qsort(list->entry, list->count, sizeof list->entry[0], by_name);
    return 0;
}

int share_read(int share, const char *directory, struct share_list *list)
{
    return share_begin(share, directory, list) == 0 ? share_go_on(list, SIZE_MAX) : -1;
}

void share_free(struct share_list *list)
{
    end_reading(list);
    for (size_t i = 0; i < list->count; i++)
        free(list->entry[i].name);
    free(list->entry);
    *list = (struct share_list){0};
}
