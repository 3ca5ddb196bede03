/* The last lines of the room that were seen, to tell which of the earlier ones that are shown to
 * who joins again are new. */
#ifndef CLIENT_CHAT_RECENT_H
#define CLIENT_CHAT_RECENT_H

#include <stdbool.h>

#include "client/terminal/columns.h"

/* Somebody (we ourselves, too) said it. */
void recent_seen(const char *name, const char *text);

/* Whether there was anything. */
bool recent_any(void);

/* Whether earlier lines, "TIME NAME TEXT" each, end where we were: all of them have been seen then.
 */
bool recent_ends(const struct table *earlier);

#endif
