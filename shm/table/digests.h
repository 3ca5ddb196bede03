/* Digests of shared files, one for each version of a file, so that forty clients that ask for it
 * cost one reading. Part of the table; whoever looks holds the registry's lock. */
#ifndef SHM_TABLE_DIGESTS_H
#define SHM_TABLE_DIGESTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define DIGESTS     512 /* files; the one that nobody asked for longest gives way */
#define DIGEST_SIZE 32

/* A version of a file: any change of its bytes changes one of these. */
struct digest_version {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns; /* st_mtim, st_ctim */
};

struct digests {
    uint64_t clock; /* moves with every question, to tell which was asked for longest ago */
    struct digest_entry {
        _Atomic uint32_t state; /* last to be set: whoever dies before leaves a free slot */
        uint32_t slot;          /* of the handler that computes it */
        uint64_t serial;        /* of its session */
        uint64_t asked;
        struct digest_version version;
        unsigned char digest[DIGEST_SIZE];
    } entry[DIGESTS];
};

enum digest_answer {
    DIGEST_KNOWN, /* digest is filled in */
    DIGEST_YOURS, /* compute it, then digests_tell */
    DIGEST_BUSY,  /* another session computes it: ask again later */
};

/* Whether a session is still at a slot. */
typedef bool digest_owner(void *context, uint32_t slot, uint64_t serial);

enum digest_answer digests_ask(struct digests *digests, const struct digest_version *version,
                               uint32_t slot, uint64_t serial, unsigned char digest[DIGEST_SIZE],
                               digest_owner *is_there, void *context);

/* The end of a computation; NULL: there is no digest to keep. */
void digests_tell(struct digests *digests, const struct digest_version *version, uint32_t slot,
                  uint64_t serial, const unsigned char digest[DIGEST_SIZE]);

#endif
