/* The visits: children without a slot, each for a connection that is not a client yet
 * (server/visitor.h). They are bounded in number, by address and in time. */
#ifndef SERVER_PARENT_VISITS_H
#define SERVER_PARENT_VISITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/types.h>

#include "server/limits.h"
#include "server/visitor.h"
#include "shm/table/types.h"

/* To whom a file goes out. The name outlives the session, which can end before the file does. */
struct visit_member {
    uint64_t serial; /* 0: nobody who is known */
    uint32_t slot;
    char name[NAME_SIZE];
};

struct visits {
    uint32_t count;
    struct visit_entry {
        pid_t pid;   /* 0: reaped */
        int fd;      /* our copy of the connection */
        int channel; /* its notes; -1: the visit has ended, or is killed */
        enum visit_kind kind;
        bool admit; /* it said VISIT_ADMIT, */
        bool waits; /* or VISIT_WAITS */
        struct visit_member member;
        struct peer peer;
        int64_t until; /* monotonic ns: then it is killed */
    } entry[LIMIT_VISITS];
};

/* For the parent's loop, before visiting_run: adds the descriptors to wait for, and lowers *until
 * (monotonic, ns) if needed. */
void visits_prepare(const struct visits *visits, int64_t now, fd_set *read, int *highest,
                    int64_t *until);

/* The reaper has waited for a child that may be a visit. */
void visits_reaped(struct visits *visits, pid_t pid);

/* The highest descriptor held, or -1. */
int visits_highest(const struct visits *visits);

/* Kills all. */
void visits_kill(struct visits *visits);

#endif
