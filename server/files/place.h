/* Whether a path still leads to the directory that is open. What is at the path counts, because
 * that is what people see: somebody may have removed the directory, or put another one there. */
#ifndef SERVER_FILES_PLACE_H
#define SERVER_FILES_PLACE_H

enum place {
    PLACE_SAME,     /* also where that cannot be found out */
    PLACE_MOVED,    /* the directory has another path now, and nothing is at this one */
    PLACE_GONE,     /* the directory was removed, and nothing is at its path */
    PLACE_REPLACED, /* something else is at the path */
};

/* The path from the root, in `to` or as it is, because the daemon leaves the directory that a
 * relative one begins in. NULL: it is too long. */
#define PLACE_PATH 4096
const char *place_absolute(const char *path, char to[PLACE_PATH]);

/* path: absolute; NULL: it is not known. */
enum place place_look(int directory, const char *path);

/* Opens the directory at the path, if it may be read. Returns a descriptor, close-on-exec and the
 * caller's, or -1 with errno: EACCES under a sandbox, which was entered for another directory. */
int place_open(const char *path);

/* Makes `directory` a descriptor of what `opened` is, which it closes. Returns 0, or -1 with errno.
 */
int place_take(int directory, int opened);

#endif
