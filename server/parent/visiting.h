/* Begins visits, hears them, and takes their connections when they end. */
#ifndef SERVER_PARENT_VISITING_H
#define SERVER_PARENT_VISITING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

#include "server/parent/parent.h"
#include "server/visitor.h"

/* Whether one more visit from this address may begin. */
bool visiting_may_begin(const struct parent *parent, const struct peer *peer);

/* Forks a visit for a connection. Returns 1 in the child, which serves *visitor and has closed
 * everything else of the parent's; in the parent 0, and the connection is the visits', or -1 with
 * errno. */
int visiting_begin(struct parent *parent, enum visit_kind kind, int fd, const struct peer *peer,
                   struct visitor *visitor);

/* For the parent's loop: hears the visits, and ends those whose time is over. Returns the next
 * connection that is to be admitted (*ended: its visit), which is the caller's, or -1: call again
 * until then. */
int visiting_run(struct parent *parent, const fd_set *read, int64_t now, struct visit_entry *ended);

#endif
