/* Accepting a client: refused, or let in, with a handler forked for it. */
#ifndef SERVER_PARENT_ADMIT_H
#define SERVER_PARENT_ADMIT_H

#include "server/admitted.h"
#include "server/parent/parent.h"

/* The next client of a listening socket. Returns 1 in the child, whose client is *admitted and
 * which has closed everything else of the parent; 0 in the parent; -1 there if no more can be
 * accepted now.
 */
int admit_next(struct parent *parent, int listener, struct admitted *admitted);

#endif
