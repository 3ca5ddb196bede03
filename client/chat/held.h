/* Private messages to clients that are not back yet. After a server was started anew all clients
 * come back, each after a wait of its own, so a message that was typed meanwhile waits for its
 * receiver. */
#ifndef CLIENT_CHAT_HELD_H
#define CLIENT_CHAT_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/chat/ask.h"

struct held_line {
    char name[PROTOCOL_NAME_MAX + 1];
    char *text; /* from malloc */
};

/* All zero: nothing is held, and nothing is to be. */
struct held {
    struct held_line line[HELD_MOST];
    size_t count;
    int64_t until; /* clock_now until which messages are held */
    int64_t next;  /* the next try */
};

/* The client is connected again: from now on messages may wait. */
void held_begin(struct held *held);

/* Says the text to NAME alone, now or when NAME is back. */
void held_tell(struct held *held, struct ask *ask, const char *name, const char *text);

/* Tries again, if it is time to. Call it in PHASE_LISTENING. */
void held_try(struct held *held, struct ask *ask);

/* The longest wait before held_try, in ms; -1: any time. */
int held_patience(const struct held *held);

void held_free(struct held *held);

#endif
