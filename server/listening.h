/* The listening sockets' part in the start, with its errors (start_die). */
#ifndef SERVER_LISTENING_H
#define SERVER_LISTENING_H

#include <stdbool.h>

#include "server/config.h"
#include "server/parent/inherited.h"
#include "server/parent/listener.h"
#include "server/web/visit.h"

/* Takes over the sockets that a service manager passes, and closes all other descriptors; so it
 * comes first. Of those that it has kept only what the settings name is left. *all was empty. */
void listening_inherit(struct inherited *all, const struct config *config);

/* Opens the listening sockets, or takes those that were kept; and those of the page, if there is to
 * be one. Does nothing where the service manager has opened them. */
void listening_open(struct listener *listener, struct listener *kept, const struct config *config);
void listening_open_web(struct listener *web, struct listener *kept, const struct config *config);

/* What visits and handlers know of the page. NULL: there is none. */
const struct web *listening_prepare_web(struct web *web, const struct config *config,
                                        const struct listener *listener);

/* Says in the log and to the service manager that the daemon is ready, and has that keep the
 * sockets. */
void listening_announce(const struct listener *listener, const struct listener *web);

#endif
