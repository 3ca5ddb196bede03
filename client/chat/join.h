/* Into the room: pieces, the name, who is there already; and the same over a new connection. */
#ifndef CLIENT_CHAT_JOIN_H
#define CLIENT_CHAT_JOIN_H

#include "client/chat/ask.h"

struct join {
    struct ask *ask;                  /* the caller's */
    char nick[PROTOCOL_NAME_MAX + 1]; /* the name to ask for first; "": what the server gives */
    char said[512];                   /* the last failure that join_again showed */
};

/* Takes the name (the one that this client had before, if there is one) and joins. The connection
 * has been greeted. */
void join_begin(struct join *join);

/* Asks for a name, and shows what the server answers. */
void join_nick(struct join *join, const char *name);

/* Joins the room, and asks who is there and whose hands are up. */
void join_room(struct join *join);

/* Connects again, once, and begins. In PHASE_LOST; it stays so where that fails, and the user is
 * told why unless that was the last thing told. */
void join_again(struct join *join);

#endif
