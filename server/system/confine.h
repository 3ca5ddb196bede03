/* What the daemon gives up before it serves anybody. The parent does it once, and the handlers
 * inherit it at no cost: its user, the system calls that neither needs, and the files beyond the
 * share and the inbox, and more descriptors than it needs. A handler then gives up processes. */
#ifndef SERVER_SYSTEM_CONFINE_H
#define SERVER_SYSTEM_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/files/inbox.h"

/* Started as root: becomes the user of this name, or where that is NULL "rollcall", or "nobody",
 * with no other groups, and proves that there is no way back. Started by anybody else: stays what
 * it is, and another name is an error. Returns 0, or -1 and *error is one line. */
int confine_user(const char *name, char *error, size_t size);

struct confinement {
    int share;
    const struct inbox *inbox;
    bool log_grows; /* the log is a file: the length of files is not limited */
    int runtime;    /* descriptor of the runtime directory; confine_parent closes it */
    bool calls;     /* set: system calls are filtered */
    bool files;     /* set: files beyond those are out of reach */
};

/* The parent, when all is open and before it accepts. What the system cannot do is left out, and
 * not set. Returns 0, or -1 with errno. */
int confine_parent(struct confinement *confinement);

/* A handler. */
void confine_handler(void);

#endif
