/* Joins the room: asks for pieces, takes the name, asks who is present. Does the same over a new
 * connection. */
#ifndef CLIENT_CHAT_JOIN_H
#define CLIENT_CHAT_JOIN_H

#include "client/chat/ask.h"

struct join {
    struct ask *ask;                  /* the caller's */
    char nick[PROTOCOL_NAME_MAX + 1]; /* the name to ask for first; "": what the server gives */
    char said[512];                   /* the failure that join_again showed last */
};

/* Takes the name, or takes the earlier name back, and joins. The connection has been greeted. */
void join_begin(struct join *join);

/* Asks for a name, and shows what the server answers. */
void join_nick(struct join *join, const char *name);

/* Joins the room, and asks for the members and the raised hands. */
void join_room(struct join *join);

/* In PHASE_LOST: connects once and joins. On failure the phase stays, and the reason is shown
 * unless it is the one shown last. */
void join_again(struct join *join);

#endif
