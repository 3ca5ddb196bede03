/* Requests that the user stopped. Their answers still come, and may tell that what was shown as not
 * acknowledged was done after all. */
#ifndef CLIENT_CHAT_LATE_H
#define CLIENT_CHAT_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/lines.h"

struct late_request {
    unsigned number; /* as remote->stopped counted it */
    char *line;      /* as it was sent; from malloc */
};

/* All zero: none. */
struct late {
    struct late_request request[LATE_MOST]; /* in the order of their numbers */
    size_t count;
};

void late_add(struct late *late, unsigned number, const char *line);

/* The answer to the request of that number has come: takes the request out of the list, and parses
 * it as lines_parse does. False: it is not in the list. Those before it will not be answered any
 * more, because their connection was lost. */
bool late_take(struct late *late, unsigned number, struct lines_typed *typed);

void late_free(struct late *late);

#endif
