/* How much may be handed in. Files are counted anew each time, because a stored count could be
 * wrong after a handler's death. What is arriving counts with the space that is allocated for it
 * (LIMIT_INBOX_AHEAD beyond what came), not with what its client has announced: who announces much
 * and sends nothing takes no room from others. Parts that nobody writes to count, too, but give way
 * to whatever arrives, the oldest first. */
#ifndef SERVER_FILES_QUOTA_H
#define SERVER_FILES_QUOTA_H

#include <stdint.h>

#include "server/files/inbox.h"

/* A file that is to be handed in. */
struct quota {
    const struct inbox *inbox;
    int directory;    /* the client's; -1: there is none yet */
    const char *part; /* the name of its part, which this process may have open */
    uint64_t length;
};

/* Whether the limits would hold with `more` bytes of it beyond those that are allocated, and
 * without idle parts. Changes nothing. Returns 0, or an errno: EDQUOT (the client's bytes), EMFILE
 * (the client's files), ENOSPC (all bytes, or the disk). */
int quota_check(const struct quota *quota, uint64_t more);

/* The same, and removes as many idle parts as that takes. */
int quota_make_room(const struct quota *quota, uint64_t more);

#endif
