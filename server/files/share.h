/* The shared directory. Nothing outside it is reached, whatever name a client asks for: a name is
 * walked part by part, no symbolic link is followed, and no part may begin with a dot, so that ".."
 * and hidden files do not exist for clients. */
#ifndef SERVER_FILES_SHARE_H
#define SERVER_FILES_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "server/files/inbox.h"
#include "server/files/place.h"

/* Opens the shared directory. Returns a descriptor, the caller's, or -1 with errno. */
int share_open(const char *path);

/* Checks that the process's current user may read the directory, because another user may have
 * opened it. Returns 0, or -1 with errno. */
int share_check(int share);

/* Another directory at the share's path (NULL: it is not known) is the share from now on, where
 * this process may open it and it has nothing to do with the inbox. Returns PLACE_SAME, or what is
 * at the path instead. */
enum place share_follow(int share, const char *path, const struct inbox *inbox);

/* Opens a regular file for reading, and fills *st (fstat(2)). Returns a descriptor, the caller's,
 * or -1 with errno: ENOENT also for other kinds of files and for invalid names, EACCES for a file
 * that this user may not read. */
int share_open_file(int share, const char *name, struct stat *st);

#define SHARE_NAME_MAX 256 /* bytes of a file's name with its NUL */

struct share_entry {
    char *name; /* a directory's ends in '/' */
    uint64_t size;
    time_t changed;
};

struct share_list {
    void *stream; /* of the directory, while it is read; else NULL */
    struct share_entry *entry;
    size_t count, capacity;
    size_t hidden;                    /* names that were left out because they cannot be told */
    char hidden_name[SHARE_NAME_MAX]; /* one of them */
};

/* The regular files and directories in a directory ("": the shared one), sorted by byte. Names that
 * begin with a dot do not exist for clients; those that text_is_name refuses are counted. Returns
 * 0, and the caller frees the list; or -1 with errno: E2BIG for more than LIMIT_LIST_NAMES, ENOENT
 * and the like for no such directory. */
int share_read(int share, const char *directory, struct share_list *list);

/* The same in steps: share_begin opens the directory, and share_go_on looks at up to `names` of its
 * names, and sorts them after the last. Return 0 (share_go_on: the list is whole), -1 with errno
 * and the list empty, or 1: there are more names. */
int share_begin(int share, const char *directory, struct share_list *list);
int share_go_on(struct share_list *list, size_t names);

/* Frees what has been put into the list, and empties it. */
void share_free(struct share_list *list);

#endif
