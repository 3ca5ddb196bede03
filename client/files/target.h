/* Where a fetched file goes: to a file, or to a stream (standard output, a device, a pipe), which
 * gets the bytes as they come. */
#ifndef CLIENT_FILES_TARGET_H
#define CLIENT_FILES_TARGET_H

#include <limits.h>
#include <stdbool.h>

struct target {
    char path[PATH_MAX]; /* the file's; of a stream, what it is called */
    bool is_stream;
    int standard; /* the stream is this descriptor of ours; -1: it is to be opened */
};

/* Whether this is the --output of standard output. */
bool target_is_stdout(const char *output);

/* Whether a download to this path goes into a directory: it is one, or ends in '/'. */
bool target_is_directory(const char *path);

/* Finds the place of a file that the server calls `name`: in `output` if that is a directory, under
 * the last part of its name; `output` itself if that is anything else; in the current directory if
 * it is NULL. Of an `output` that is a link, what it leads to. Returns 0, or -1 with errno: EINVAL:
 * `name` is no name of a file; else target->path is what cannot be used. */
int target_find(struct target *target, const char *name, const char *output);

/* Opens a stream. wait: also for somebody who reads from a pipe. Returns a descriptor, the
 * caller's, or -1 with errno. */
int target_open(const struct target *target, bool wait);

#endif
