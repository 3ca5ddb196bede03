/* A file being downloaded: stored as NAME.part until it is complete and verified, then moved to its
 * place. The next download resumes an interrupted part. Each function reports its errors to the
 * user. */
#ifndef CLIENT_FILES_PARTIAL_H
#define CLIENT_FILES_PARTIAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/link/answer.h"
#include "server/wire/sha256.h"

struct partial {
    char path[PATH_MAX]; /* where the file goes in the end */
    char part[PATH_MAX]; /* where its bytes are until then */
    int fd;              /* of the part, locked; -1: closed */
    uint64_t have;       /* bytes in the part, all of which are in the sum */
    struct sha256 sum;
};

/* Asks whether the file at the path may be replaced. */
typedef bool partial_overwrite(void *context, const char *path);

/* Whether a download to this path goes into a directory: it is one, or ends in '/'. */
bool partial_is_directory(const char *path);

/* Opens the part of the server's file `name`, so that local errors show before a byte is sent, and
 * computes the digest of its bytes. If `output` is a directory (partial_is_directory), the file
 * goes into it under the last part of its name; if `output` is NULL, into the current directory;
 * else to `output` itself. Returns 0 or -1. */
int partial_begin(struct partial *partial, struct remote *remote, const struct voice *voice,
                  const char *name, const char *output);

/* Computes the digest of the file that is at that path now. False, without a message: there is no
 * readable file. */
bool partial_digest(struct remote *remote, const struct voice *voice, const char *name,
                    const char *output, struct sha256 *sum);

/* Empties the part. Returns 0, or -1 with errno and no message. */
int partial_restart(struct partial *partial);

/* Reads the next `length` bytes that the server sends into the part, and shows the progress as that
 * of `name`, which is sanitized. ANSWER_DONE; ANSWER_FAILED: they cannot be written, but all have
 * been read, so the session goes on; ANSWER_LOST. */
enum answer_end partial_receive(struct partial *partial, struct remote *remote,
                                const struct voice *voice, const char *name, uint64_t length);

/* Moves the file to its place and syncs it to the disk. A different file there is replaced only if
 * `overwrite` (NULL: never) allows that. The part is closed. Returns 0 or -1. */
int partial_finish(struct partial *partial, const struct voice *voice, partial_overwrite *overwrite,
                   void *context);

/* Closes the part, and keeps it for the next time unless it is empty. */
void partial_leave(struct partial *partial);

/* Closes and removes the part. */
void partial_abandon(struct partial *partial);

#endif
