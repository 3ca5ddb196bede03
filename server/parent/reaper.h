/* Reaping children, and closing the records that they left open. */
#ifndef SERVER_PARENT_REAPER_H
#define SERVER_PARENT_REAPER_H

#include "server/parent/parent.h"
#include "server/parent/recovery.h"

/* Closes the records of ended children, frees their slots, and wakes the handlers that can now read
 * of the departure. stuck: takes the lock away first in any case. */
void reaper_close_dead(struct parent *parent, struct dead *dead, bool stuck);

/* Reaps the handlers whose `leaving` bit is set in the table. all: reaps every other ended child,
 * too. */
void reaper_run(struct parent *parent, bool all);

#endif
