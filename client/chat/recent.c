#define _POSIX_C_SOURCE 200809L

#include "client/chat/recent.h"

#include <stdio.h>
#include <string.h>

#include "server/wire/protocol.h"

#define KEPT 3 /* one alone may have been said twice */

static char kept[KEPT][PROTOCOL_NAME_MAX + 1 + PROTOCOL_REPLY_MAX + 1]; /* "NAME TEXT" */
static size_t count, newest;

void recent_seen(const char *name, const char *text)
{
    newest = (newest + 1) % KEPT;
    (void)snprintf(kept[newest], sizeof kept[newest], "%s %s", name, text);
    if (count < KEPT)
        count++;
}

bool recent_any(void)
{
    return count > 0;
}

bool recent_ends(const struct table *earlier)
{
    size_t compared = count < earlier->count ? count : earlier->count;

    for (size_t i = 0; i < compared; i++) {
        const char *time_and_line = table_line(earlier, earlier->count - 1 - i);
        const char *space = strchr(time_and_line, ' ');

        if (space == NULL || strcmp(space + 1, kept[(newest + KEPT - i) % KEPT]) != 0)
            return false;
    }
    return compared > 0;
}
