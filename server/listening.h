/* The listening sockets' part in the start, with its errors (start_die). */
#ifndef SERVER_LISTENING_H
#define SERVER_LISTENING_H

#include <stdbool.h>

#include "server/config.h"
#include "server/parent/listener.h"
#include "server/web/visit.h"

/* Takes over the sockets that a service manager passes, and closes all other descriptors; so it
 * comes first. Returns whether there are any. */
bool listening_inherit(struct listener *listener, struct listener *web,
                       const struct config *config);

/* Opens the listening sockets; and those of the page, if there is to be one and the service manager
 * has not opened them: false if it has. */
void listening_open(struct listener *listener, const struct config *config);
bool listening_open_web(struct listener *web, const struct config *config);

/* What visits and handlers know of the page. NULL: there is none. */
const struct web *listening_prepare_web(struct web *web, const struct config *config,
                                        const struct listener *listener);

/* Says in the log and to the service manager that the daemon is ready. */
void listening_announce(const struct listener *listener, const struct listener *web);

#endif
