/* The digest of a file, computed once for each version of it and for all clients. */
#ifndef SERVER_HANDLER_DIGEST_H
#define SERVER_HANDLER_DIGEST_H

#include <sys/stat.h>

#include "server/handler/state.h"
#include "server/wire/sha256.h"

/* Returns 1: *digest is the digest of the version in *st; 0: the file keeps changing, or cannot be
 * read; -1: the session is PARTING, or the client has sent stop:, which is answered afterwards.
 * `name` is shown in the table meanwhile. */
int digest_find(struct session *session, int file, const char *name, struct stat *st,
                unsigned char digest[SHA256_SIZE]);

/* Adds the first `size` bytes of the file to *sum. Returns as digest_find. */
int digest_add(struct session *session, int file, const char *name, uint64_t size,
               struct sha256 *sum);

#endif
