/* Into the room: the name, who is there already, and back after the connection was lost. */
#ifndef CLIENT_CHAT_JOIN_H
#define CLIENT_CHAT_JOIN_H

/* The connection has been greeted. */
void enter_room(void);

/* Joins, and asks who is there. */
void enter_join(void);

/* Connects again, until that is done or it is said to leave. */
void enter_again(void);

#endif
