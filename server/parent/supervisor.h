/* The parent's loop: accept, reap, watch the table, execute requests, stop. In a child the loop
 * returns, and the caller starts the session: the loop knows no protocol. */
#ifndef SERVER_PARENT_SUPERVISOR_H
#define SERVER_PARENT_SUPERVISOR_H

#include "server/admitted.h"
#include "server/parent/parent.h"
#include "server/visitor.h"

enum supervisor_end {
    SUPERVISOR_CHILD, /* in a handler: *admitted is its client, all else of the parent is closed */
    SUPERVISOR_VISIT, /* in a visit: the same holds for *visitor */
    SUPERVISOR_STOPPED, /* in the parent: told to stop, and no child is left */
};
enum supervisor_end supervisor_run(struct parent *parent, struct admitted *admitted,
                                   struct visitor *visitor);

#endif
