/* Files that arrive: written under a temporary name beside their place, and put there when whole.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/remote.h"

struct transfer {
    char path[PATH_MAX];      /* where it is to be */
    char temporary[PATH_MAX]; /* "" when there is none */
    int fd;
};

/* Whether files go into it: it is a directory, or ends in '/'. */
bool transfer_is_directory(const char *path);

/* Where a file that is asked for by this name goes: into `output` if that is a directory or ends in
 * '/', to it if it is anything else, or into the current directory (NULL); under the name's last
 * part. Makes the temporary file, so that what is wrong here is known before a byte is sent.
 * Returns 0, or -1 and *error is one line. */
int transfer_begin(struct transfer *transfer, const char *name, const char *output, char *error,
                   size_t size);

/* Reads `length` bytes into it. On REMOTE_READY the stream is in order, but *error is not empty
 * where they could not be written. SIGINT, SIGTERM and SIGHUP are answered by removing the
 * temporary file and then as usual. */
enum remote_state transfer_receive(struct transfer *transfer, struct remote *remote,
                                   uint64_t length, char *error, size_t size);

/* Puts the file in its place. An existing different one is replaced only if `overwrite` says so
 * (asked with its path; NULL: no). Returns 0, or -1 and *error is one line. */
typedef bool transfer_overwrite(const char *path);
int transfer_finish(struct transfer *transfer, transfer_overwrite *overwrite, char *error,
                    size_t size);

/* Removes the temporary file, if there is one. */
void transfer_abandon(struct transfer *transfer);

#endif
