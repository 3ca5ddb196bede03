/* Files that arrive: kept as NAME.part until they are whole and proven, then put in their place.
 * What was interrupted goes on from there the next time. */
#ifndef CLIENT_FILES_PARTIAL_H
#define CLIENT_FILES_PARTIAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/files/progress.h"
#include "client/link/remote.h"
#include "server/wire/sha256.h"

struct transfer {
    char path[PATH_MAX]; /* where it is to be */
    char part[PATH_MAX]; /* where it is until then */
    int fd;              /* of the part, locked; -1: there is none */
    uint64_t have;       /* bytes in it, all of which are in the sum */
    struct sha256 sum;
};

/* Whether files go into it: it is a directory, or ends in '/'. */
bool transfer_is_directory(const char *path);

/* Where a file that is asked for by this name goes: into `output` if that is a directory or ends in
 * '/', to it if it is anything else, or into the current directory (NULL); under the name's last
 * part. Opens the part, so that what is wrong here is known before a byte is sent, and reads what
 * is there already. Returns 0, or -1 and *error is one line. */
int transfer_begin(struct transfer *transfer, const struct remote *remote, const char *name,
                   const char *output, char *error, size_t size);

/* The digest of the file that is in that place already. False: there is none that can be read. */
bool transfer_digest(const struct remote *remote, const char *name, const char *output,
                     struct sha256 *sum);

/* Begins again with nothing. Returns 0, or -1 with errno. */
int transfer_restart(struct transfer *transfer);

/* Reads `length` bytes into the part. On REMOTE_READY the stream is in order, but *error is not
 * empty where they could not be written. */
enum remote_state transfer_receive(struct transfer *transfer, struct remote *remote,
                                   uint64_t length, struct progress *progress, char *error,
                                   size_t size);

/* Puts the file in its place, and onto the disk. An existing different one is replaced only if
 * `overwrite` says so (asked with its path; NULL: no). Returns 0, or -1 and *error is one line. */
typedef bool transfer_overwrite(const char *path);
int transfer_finish(struct transfer *transfer, transfer_overwrite *overwrite, char *error,
                    size_t size);

/* Closes the part, and leaves it for the next time if there is anything in it. */
void transfer_leave(struct transfer *transfer);

/* Closes and removes it. */
void transfer_abandon(struct transfer *transfer);

#endif
