/* Accepts a client: refuses it, or admits it and forks its handler. */
#ifndef SERVER_PARENT_ADMIT_H
#define SERVER_PARENT_ADMIT_H

#include "server/admitted.h"
#include "server/parent/parent.h"
#include "server/visitor.h"

/* Accepts the next client of a listening socket. Returns 1 in the child, which serves *admitted and
 * has closed everything else of the parent's; in the parent 0, or -1 if no more clients can be
 * accepted now. */
int admit_next(struct parent *parent, int listener, struct admitted *admitted);

/* The same for a connection that is accepted already, perhaps after a visit; it is the parent's no
 * more. framed: a WebSocket. Returns 1 or 0. */
int admit_connection(struct parent *parent, int fd, const struct peer *peer, bool framed,
                     struct admitted *admitted);

/* Accepts the next connection of a listening socket where a visit comes first. Returns 1 in the
 * child, which is the visit and serves *visitor; else as admit_next. */
int admit_next_visit(struct parent *parent, int listener, enum visit_kind kind,
                     struct visitor *visitor);

/* Refuses all who wait to be accepted, because nobody will be. */
void admit_refuse_waiting(struct parent *parent);

#endif
