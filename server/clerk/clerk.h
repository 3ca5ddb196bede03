/* The process that writes the journal, and nothing else. It ends when the parent does; where it
 * dies, its keeper starts another (server/clerk/keeper.h). */
#ifndef SERVER_CLERK_CLERK_H
#define SERVER_CLERK_CLERK_H

#include <stdbool.h>

#include "server/journal.h"
#include "server/system/platform.h"
#include "shm/table/types.h"

struct clerk {
    struct journal channels; /* of which it keeps its own ends */
    int directory;           /* of the journal */
    const char *name;        /* of the file in it */
    const char *room;
    char boot_name[PLATFORM_BOOT_SIZE]; /* platform_boot_name's */
    struct table *table; /* filled with what the journal knows, and where losses are counted */
};

/* In a process of its own, which ends with EXIT_SUCCESS where no other clerk is to be started. The
 * first clerk answers the parent with JOURNAL_STARTED when the table is filled. keeper: a pipe that
 * ends with the keeper. */
__attribute__((noreturn)) void clerk_run(const struct clerk *clerk, bool first, int keeper);

#endif
