/* Accepts a client: refuses it, or admits it and forks its handler. */
#ifndef SERVER_PARENT_ADMIT_H
#define SERVER_PARENT_ADMIT_H

#include "server/admitted.h"
#include "server/parent/parent.h"

/* Accepts the next client of a listening socket. Returns 1 in the child, which serves *admitted and
 * has closed everything else of the parent's; in the parent 0, or -1 if no more clients can be
 * accepted now. */
int admit_next(struct parent *parent, int listener, struct admitted *admitted);

#endif
