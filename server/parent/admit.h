/* Accepts a client: refuses it, or admits it and forks its handler. */
#ifndef SERVER_PARENT_ADMIT_H
#define SERVER_PARENT_ADMIT_H

#include "server/admitted.h"
#include "server/parent/parent.h"
#include "server/visitor.h"

/* What the functions below return in the child: it serves *admitted, or is the visit *visitor, and
 * has closed everything else of the parent's. In the parent they return 0, or -1 if nobody more can
 * be accepted now. */
enum { ADMIT_CLIENT = 1, ADMIT_VISIT = 2 };

/* Accepts the next client of a listening socket. A visit comes first where a proxy has to say whose
 * connection it is. */
int admit_next(struct parent *parent, int listener, struct admitted *admitted,
               struct visitor *visitor);

/* The same for a listening socket of the page: a visit always comes first. */
int admit_next_visit(struct parent *parent, int listener, struct visitor *visitor);

/* The same for a connection that is accepted already, after a visit; it is the parent's no more.
 * via: enum via; waits: where the room is full, it joins the queue. */
int admit_connection(struct parent *parent, int fd, const struct peer *peer, uint32_t via,
                     bool waits, struct admitted *admitted);

/* For the parent's loop: admits those who wait, as far as slots are free, and tells the others
 * their places. Returns as admit_next. */
int admit_waiting(struct parent *parent, int64_t now, struct admitted *admitted);

/* Begins a visit with a connection that is accepted already, and is the parent's no more. */
int admit_visit(struct parent *parent, int fd, const struct peer *peer, enum visit_kind kind,
                struct visitor *visitor);

/* Refuses all who wait to be accepted, because nobody will be. */
void admit_refuse_waiting(struct parent *parent);

#endif
