/* Whatever is killed, somebody goes on writing the journal. The parent cannot see to that:
 * confined, it may not open the journal any more, because what it may do its handlers may, too. So
 * three processes are forked before: the keeper starts a clerk, and another where one dies; and an
 * heir, which waits until the keeper dies, takes its place, and has an heir of its own. They all
 * end when the parent does. What was not written yet waits in the channels, which they all have
 * open. */
#ifndef SERVER_CLERK_KEEPER_H
#define SERVER_CLERK_KEEPER_H

#include "server/clerk/clerk.h"

/* In a process of its own, forked before the parent is confined. */
__attribute__((noreturn)) void keeper_run(const struct clerk *clerk);

#endif
