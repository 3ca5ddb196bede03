/* Which clients are shown: by name, in which '*' stands for any characters and '?' for one, and by
 * the network that they come from. */
#ifndef SHM_CTL_FILTER_H
#define SHM_CTL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "shm/ctl/limits.h"
#include "shm/table/network.h"
#include "shm/table/types.h"

struct filter {
    size_t names, networks;
    const char *name[FILTER_WORDS]; /* the caller's */
    struct network network[FILTER_WORDS];
};

/* Adds a name or a network, which is told by its '.', ':' or '/', because no name has those. False:
 * it is neither, or there is no room for it. */
bool filter_add(struct filter *filter, const char *word);

/* Whether the client has one of the names or comes from one of the networks. An empty filter takes
 * everybody. */
bool filter_takes(const struct filter *filter, const struct record *client);

#endif
