/* Reaping children, and closing the records that they left open. */
#ifndef SERVER_PARENT_REAPER_H
#define SERVER_PARENT_REAPER_H

#include "server/parent/parent.h"
#include "server/parent/recovery.h"

/* Closes the records of children that ended, frees their slots, and wakes those who are to hear of
 * it. stuck: the lock is taken away first in any case. */
void reaper_close_dead(struct parent *parent, struct dead *dead, bool stuck);

/* Reaps the handlers that said in the table that they left; all: any other child, too. */
void reaper_run(struct parent *parent, bool all);

#endif
