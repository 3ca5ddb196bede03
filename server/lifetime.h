/* The daemon's life after its start, which another program can go on with. */
#ifndef SERVER_LIFETIME_H
#define SERVER_LIFETIME_H

#include "server/carry.h"

/* Serves until the daemon stops, and removes what the start has made. Returns the exit status. */
int lifetime_serve(const struct belongings *all);

/* For --check-confinement: prints whether the confined daemon could be replaced. */
void lifetime_rehearse(const struct belongings *all);

/* Where this program takes the place of another (server/parent/upgrade.h): takes over all that the
 * other one had, serves, and exits; or only tries whether it could. Else returns. */
void lifetime_go_on(struct belongings *all, char *const *words);

#endif
