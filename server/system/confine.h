/* The daemon's privileges are dropped here before it serves anybody: its user, resource limits, and
 * what sandbox.h lists. The parent drops them once, because handlers inherit that at no cost; a
 * handler then drops the right to start processes. */
#ifndef SERVER_SYSTEM_CONFINE_H
#define SERVER_SYSTEM_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "server/files/inbox.h"

/* If root started the process: becomes the user *name (NULL: "rollcall" if there is such a user,
 * else "nobody", and *name is set to that) with that user's group alone, and checks that there is
 * no way back. If another user did: changes nothing, and the name of any other user is an error.
 * Returns 0, or -1 and *error is one line. */
int confine_user(const char **name, char *error, size_t size);

struct confinement {
    int share;                 /* descriptor of the shared directory */
    const struct inbox *inbox; /* its fd is -1: there is none */
    int config;                /* descriptor of the configuration's directory; -1: there is none */
    int log;                   /* descriptor of the log file's directory; -1: there is none */
    int files;                 /* descriptors that the process needs */
    bool log_grows;            /* the log is a file, so the length of files is not limited */
    int runtime;               /* descriptor of the runtime directory; confine_parent closes it */
    bool own_base;             /* of the runtime directory: see sandbox.h */
    int program;               /* descriptor of the program's directory, or -1: see sandbox.h */
    const unsigned long *word; /* the same */
    const char *missing;       /* set: what could not be confined, in words; NULL: nothing */
};

/* For the parent, when all that it serves with is open and before it accepts. What this system
 * cannot confine is left out and named in `missing`. Returns 0, or -1 with errno: the process must
 * end, because it may be confined in part. */
int confine_parent(struct confinement *confinement);

/* For the clerk, before it reads the journal in that directory: files there and the log's, no
 * processes. A file may be as long as the user's may be. *missing and the return are as in
 * confine_parent. */
int confine_clerk(int directory, int log, const char **missing);

/* For a handler: no processes of its own. Does nothing where the system has no such limit. */
void confine_handler(void);

#endif
