/* The first and the last line of a session: the room's key, the greeting, the goodbye. */
#ifndef SERVER_HANDLER_HELLO_H
#define SERVER_HANDLER_HELLO_H

#include "server/handler/state.h"

/* GREETING: asks for the proof of the room's key. */
void hello_challenge(struct session *session);

/* Checks the client's answer (NULL: too long). Returns whether it proves the key. If not, pauses to
 * slow guessing down, and makes the session PARTING. */
bool hello_proves_key(struct session *session, const char *answer, const struct admitted *admitted);

/* The client is in the table, and is told its name. */
void hello_welcome(struct session *session);

/* PARTING: sends the last line, which depends on why the session ends, within the goodbye's time.
 * */
void hello_goodbye(struct session *session);

#endif
