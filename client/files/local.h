/* Local files: reads a file to hand in, and computes digests. */
#ifndef CLIENT_FILES_LOCAL_H
#define CLIENT_FILES_LOCAL_H

#include <stdint.h>
#include <stdio.h>

#include "client/link/answer.h"
#include "server/wire/sha256.h"

/* A file that is handed in. */
struct local {
    const char *name; /* the caller's */
    int fd;
    FILE *spool;     /* a copy, if the file cannot be read twice; else NULL */
    uint64_t length; /* when it was opened, and then when it was measured */
    char hex[SHA256_HEX_SIZE];
};

/* Opens the file (NULL: standard input). Returns 0, or -1 with errno; call local_close in both
 * cases. */
int local_open(struct local *local, const char *path, const char *name);

/* Sets the length and the digest to what they are now. Returns what local_digest does. */
enum answer_end local_measure(struct local *local, struct remote *remote,
                              const struct voice *voice);

void local_close(struct local *local);

/* Reads an open file from its beginning, at most `most` bytes, and computes *sum; sum->length
 * becomes their number. If that takes long, shows the progress under `name` and lets the user type
 * (bytes_breathe). Not while a request is unanswered. ANSWER_FAILED: the file cannot be read, which
 * has not been said (errno); else as usual. */
enum answer_end local_digest(struct sha256 *sum, int fd, uint64_t most, const char *name,
                             struct remote *remote, const struct voice *voice);

#endif
