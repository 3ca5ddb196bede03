/* The digest of a file, computed once for each version of it and for all clients; in parts, as
 * work.h has it. */
#ifndef SERVER_HANDLER_DIGEST_H
#define SERVER_HANDLER_DIGEST_H

#include <sys/stat.h>

#include "server/handler/state.h"
#include "server/handler/work.h"
#include "server/wire/sha256.h"
#include "shm/table/digests.h"

struct digest {
    int file;         /* -1: there is none */
    const char *name; /* the caller's */
    struct stat st;   /* of the version whose digest this is */
    bool found;       /* after the end: there is a digest */
    unsigned char bytes[SHA256_SIZE];

    struct digest_version version;
    struct sha256 sum;
    uint64_t size, offset; /* bytes to be read, and already read */
    int64_t alive;         /* when the others were last told that it goes on */
    int tries;             /* readings of the whole file */
    bool reads;            /* else the table is asked whether it knows the digest */
    bool owes;             /* others wait for this handler's digest */
    bool is_part;          /* the sum of the first `size` bytes is wanted, nothing else */
};

/* Begins to find the digest of the version in *st. Takes ownership of `file`. */
void digest_begin(struct digest *digest, int file, const char *name, const struct stat *st);

/* Begins to compute digest->sum of the first `size` bytes. `file` stays the caller's. */
void digest_begin_part(struct digest *digest, int file, const char *name, uint64_t size);

/* Goes on, and shows that in the table and to the client. WORK_DONE: digest->found tells whether
 * there is a digest; if not, the file keeps changing, or cannot be read. */
enum work_turn digest_go_on(struct session *session, struct digest *digest);

/* Closes what digest_begin has taken, and lets others compute what is not computed yet. Calling it
 * twice does nothing. */
void digest_end(struct session *session, struct digest *digest);

#endif
