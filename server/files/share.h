/* Names beneath the shared directory. Nothing outside it is reached whatever is asked: a name is
 * walked part by part, no symbolic link is followed, and a part that begins with a dot (so "..",
 * too) names nothing. */
#ifndef SERVER_FILES_SHARE_H
#define SERVER_FILES_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* The shared directory itself. Returns a descriptor, or -1 with errno. */
int share_open(const char *path);

/* Whether the user that the process is now may read what is in the directory: another one may have
 * opened it. Returns 0, or -1 with errno. */
int share_check(int share);

/* A regular file, to read, and what fstat(2) says of it. Returns a descriptor, or -1 with errno. */
int share_open_file(int share, const char *name, struct stat *st);

struct share_entry {
    char *name; /* a directory's ends in '/' */
    uint64_t size;
    time_t changed;
};

struct share_list {
    struct share_entry *entry;
    size_t count;
};

/* The regular files and directories in a directory, sorted by byte, with only names that can be
 * asked for. "" is the shared directory itself. Returns 0 and the caller frees the list, or -1 with
 * errno: ENOENT and the like, E2BIG for more than LIMIT_LIST_NAMES. */
int share_read(int share, const char *directory, struct share_list *list);
void share_free(struct share_list *list);

#endif
