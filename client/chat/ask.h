/* A request and its answer, shown in the conversation. */
#ifndef CLIENT_CHAT_ASK_H
#define CLIENT_CHAT_ASK_H

#include <stdbool.h>

#include "client/link/remote.h"

/* Sends a line and reads what is answered; the lines of the answer are in chat.answer, until they
 * are forgotten. False: the connection is lost. */
bool exchange_ask(const char *line, struct answer *answer);
void exchange_forget(void);

/* Shows what was answered to a line. */
void exchange_show(const char *line, const struct answer *answer);

/* Both; a file goes with its bar. */
void exchange_request(const char *line);

/* The connection is lost, or the server ends the session: says so, and then exchange_over. */
void exchange_lost(enum remote_state state);
void exchange_ended(const char *why);

/* The session is over. After "shutting down" the server may come back, and so do we; whoever it has
 * sent away leaves. */
void exchange_over(void);

#endif
