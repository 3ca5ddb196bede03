/* What rollcallctl asks of the daemon: a datagram to the parent's socket in the runtime directory,
 * whose path is in the table, and one back. */
#ifndef SHM_CTL_ASK_H
#define SHM_CTL_ASK_H

#include <stddef.h>

#include "shm/table/registry.h"

#define ASK_PATIENCE_MS 5000

/* Sends the request ("say TEXT", "kick NAME REASON"); the answer is one line. The working directory
 * becomes the runtime directory. Returns 0, or -1 with errno: EPERM where that directory is not the
 * table's owner's, ETIMEDOUT where no answer comes, or the daemon takes no request. */
int ask_parent(const struct table *table, const char *request, char *answer, size_t size);

#endif
