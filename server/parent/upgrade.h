/* Another program takes the place of this one, in the same process, and no client notices: handlers
 * stay its children, listening sockets stay open, and connections wait in their queues meanwhile.
 * rollcallctl asks for that, and waits. The daemon's file is opened anew and tried
 * (server/parent/successor.h) while the parent goes on; then the parent packs what it has
 * (server/carry.h) and executes it. The new program answers rollcallctl. What fails before leaves
 * the old program as it was, and is its answer.
 *
 * A successor in a process of its own is no way: handlers are the parent's children (waitpid(2),
 * the signal at its death, the lock's only parent), and its record locks are its own. */
#ifndef SERVER_PARENT_UPGRADE_H
#define SERVER_PARENT_UPGRADE_H

#include <stdbool.h>

#include "server/carry.h"
#include "server/parent/parent.h"

/* A request of rollcallctl. Returns the answer, or NULL: it follows. */
const char *upgrade_begin(struct parent *parent, const struct asker *asker);

/* Goes on with it, if a program is tried. now: clock_now. */
void upgrade_go_on(struct parent *parent, int64_t now);

/* For --check-confinement: whether this program could take over, tried as a successor is. False:
 * *line says why not. Waits for that. */
bool upgrade_rehearse(struct parent *parent, char line[SUCCESSOR_SAID]);

/* The daemon shuts down: there will be no other program. */
void upgrade_give_up(struct parent *parent);

/* ---- in the new program */

/* Unpacks all that the old program had. False: *why is one line. *version is the old program's. */
bool upgrade_unpack(struct belongings *all, int memory, char version[PARCEL_VERSION],
                    char why[SUCCESSOR_SAID]);

/* Takes over; words: the command line. */
void upgrade_take_over(struct belongings *all, char *const *words);

/* All is as it was: tells rollcallctl, the service manager and the log. */
void upgrade_complete(struct parent *parent, const char *version);

#endif
