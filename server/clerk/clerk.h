/* The process that writes the journal, and nothing else. A keeper, which only waits, starts another
 * clerk if one dies; both end when the parent does. */
#ifndef SERVER_CLERK_CLERK_H
#define SERVER_CLERK_CLERK_H

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

/* In a process of its own, forked before the parent is confined: the keeper, in which this never
 * returns. The first clerk answers the parent with JOURNAL_STARTED when the table is filled. */
__attribute__((noreturn)) void clerk_keep(const struct clerk *clerk);

#endif
