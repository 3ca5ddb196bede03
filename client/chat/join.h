/* Tells the server what the user wishes (wishes.h): over the first connection, and after a loss. */
#ifndef CLIENT_CHAT_JOIN_H
#define CLIENT_CHAT_JOIN_H

#include "client/chat/held.h"

struct join {
    struct ask *ask; /* the caller's, like held */
    struct held *held;
    char said[512]; /* the failure that join_again showed last */
};

/* Takes the name, or takes the earlier name back, and joins. The connection has been greeted. */
void join_begin(struct join *join);

/* Asks for a name, and shows what the server answers. */
void join_nick(struct join *join, const char *name);

/* Joins the room, hears what was missed, and asks for the members and the raised hands. */
void join_room(struct join *join);

/* In PHASE_LOST: connects once, and tells the server all wishes but the file. On failure the phase
 * stays, and the reason is shown unless it is the one shown last. */
void join_again(struct join *join);

#endif
