/* The part of a file that is still arriving, beside the place of the file: NAME.part, or where that
 * name is too long or taken, rollcall-DIGEST.part, DIGEST being that of NAME. A share may hold a
 * file NAME.part, and so may the user's directory; so a part ends with a mark, which says whose
 * part it is and how much of it has arrived. What has no mark is not opened to write, renamed or
 * removed. */
#ifndef CLIENT_FILES_PART_H
#define CLIENT_FILES_PART_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PART_WHOSE 16 /* hexadecimal digits that stand for a file's name */

struct part {
    char path[PATH_MAX];
    char whose[PART_WHOSE + 1];
    int fd; /* locked; -1: closed */
};

/* Opens the part of the file that will be at `path`, or makes it; *have bytes of it are there.
 * Returns 0, or -1 with errno, and part->path is what could not be opened: EBUSY where another
 * process fetches the file, EEXIST where both names are those of other files. */
int part_open(struct part *part, const char *path, uint64_t *have);

/* Adds bytes behind the first `have`. A process that is killed meanwhile leaves a part with a mark.
 * Returns 0, or -1 with errno and nothing added. */
int part_add(const struct part *part, uint64_t have, const void *bytes, size_t size);

/* Empties the part. Returns 0, or -1 with errno. */
int part_empty(const struct part *part);

/* The part is the whole file, of `have` bytes: removes the mark and syncs it to the disk. Only
 * part_place or part_close should follow. Returns 0, or -1 with errno. */
int part_complete(const struct part *part, uint64_t have);

/* Moves a complete part to its place. Returns 0, or -1 with errno: EEXIST where a file is there and
 * is not to be replaced. */
int part_place(const struct part *part, const char *path, bool replace);

/* Closes the part, and removes it unless it is to be kept. */
void part_close(struct part *part, bool keep);

#endif
