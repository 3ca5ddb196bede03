/* Digests of shared files, kept for each version of a file, so that a file is read once for forty
 * clients that ask for its digest. For handlers; all functions take the table's lock, and return
 * 0, or -1 with errno. */
#ifndef SHM_TABLE_DIGESTS_H
#define SHM_TABLE_DIGESTS_H

#include "shm/table/types.h"

enum digest_answer {
    DIGEST_KNOWN, /* digest is filled in */
    DIGEST_YOURS, /* the caller computes it, and then calls digests_tell */
    DIGEST_BUSY,  /* another session computes it: ask again later */
};

/* A session that computes a digest says at least twice in this time that it goes on
 * (digests_go_on). Of one that does not, because its handler is stopped or waits for its client,
 * the next session that asks takes over. */
#define DIGEST_STALLED_NS UINT64_C(1000000000)

int digests_ask(struct slot *mine, const struct digest_version *version,
                unsigned char digest[DIGEST_SIZE], enum digest_answer *answer);

int digests_go_on(struct slot *mine, const struct digest_version *version);

/* Ends a computation, with the digest or (NULL) without. */
int digests_tell(struct slot *mine, const struct digest_version *version,
                 const unsigned char digest[DIGEST_SIZE]);

#endif
