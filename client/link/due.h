/* Which request a line answers: answers come in the order of the requests, but for the one that the
 * server sets aside. An answer that nobody awaits any more still comes. */
#ifndef CLIENT_LINK_DUE_H
#define CLIENT_LINK_DUE_H

#include <stdbool.h>

#include "client/link/remote.h"

/* An answer that is awaited. While one is, between may ask for another, which is awaited first. */
struct due {
    struct answer *answer;
    remote_item *item;
    void *context;
    bool nested; /* another one is awaited, too */
    bool begun, done;
};

/* Begins to await the answer to the request that was sent last. REMOTE_BROKEN: too many answers
 * have not come. */
enum remote_state due_begin(struct remote *remote, struct due *due);

/* Nobody awaits it any more: its last line goes to remote->late with that number (0: it does not).
 */
void due_leave(struct remote *remote, const struct due *due, unsigned number);

/* The same for the request that was sent last, whose answer nobody awaits. If too many have not
 * come, the connection is ended. */
void due_drop(struct remote *remote, unsigned number);

/* Whether an answer has not come. */
bool due_is_any(const struct remote *remote);

/* Takes a line of an answer. False: nothing is due. */
bool due_take(struct remote *remote, const struct reply_line *reply, enum remote_state *state);

/* REPLY_LATER came, which stands for the answer that is next; REPLY_LATE came. */
enum remote_state due_later(struct remote *remote);
enum remote_state due_late(struct remote *remote);

#endif
