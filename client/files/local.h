/* Files that are here: reading one that is handed in, and computing digests. */
#ifndef CLIENT_FILES_LOCAL_H
#define CLIENT_FILES_LOCAL_H

#include <stdint.h>
#include <stdio.h>

#include "client/link/remote.h"
#include "client/link/voice.h"
#include "server/wire/sha256.h"

/* A file that is handed in. */
struct local {
    const char *name; /* the caller's */
    int fd;
    FILE *spool; /* a copy of what cannot be read twice; else NULL */
    uint64_t length;
    char hex[SHA256_HEX_SIZE];
};

/* Opens the file of this path, NULL being the standard input. Returns 0, or -1 with errno. To be
 * closed in any case. */
int local_open(struct local *local, const char *path, const char *name);

/* Sets the length and the digest to what they are now. Returns 0, or -1 as local_digest. */
int local_measure(struct local *local, struct remote *remote, const struct voice *voice);

void local_close(struct local *local);

/* Reads an open file from its beginning and computes *sum, of which sum->length is the length.
 * Leaves the descriptor at the end. Shows the progress, as that of `name`, where it takes long, and
 * lets the user type meanwhile (bytes_breathe). Returns 0, or -1 with errno: ECANCELED where the
 * user stopped it. */
int local_digest(struct sha256 *sum, int fd, const char *name, struct remote *remote,
                 const struct voice *voice);

#endif
