/* --check-confinement: the daemon takes the steps of its start, in a room of the trial's own and
 * without a port, and then forks a handler that attacks instead of serving. What is tried is
 * therefore the confinement of a daemon that is started with the same options. */
#ifndef SERVER_SYSTEM_TRIAL_H
#define SERVER_SYSTEM_TRIAL_H

#include "server/system/program.h"

struct trial {
    char room[32];          /* the room's name */
    char bait[64];          /* path of a file in /tmp that this user may remove unless confined */
    int share;              /* descriptor of the shared directory; the caller sets it */
    struct program program; /* the daemon's; the caller sets it */
};

/* Names the room, makes the bait, and forks. Only the child returns, to become the daemon. The
 * parent stays unconfined: it prints what the child prints, removes the bait, and exits with the
 * child's status. SIGINT, SIGTERM, SIGHUP and SIGQUIT are blocked from here on in both. Returns 0,
 * or -1 with errno. */
int trial_begin(struct trial *trial);

/* For the confined daemon: forks a handler that tries what must be impossible, and prints how each
 * attempt ended. Returns the status to exit with: EXIT_SUCCESS if all of them failed. */
int trial_run(const struct trial *trial);

#endif
