/* Pasted text: one line is typed, several are shown and asked about before they go. */
#ifndef CLIENT_CHAT_PASTE_H
#define CLIENT_CHAT_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/terminal/keys.h"

/* The terminal says that what follows is pasted. */
void paste_begin(void);

/* A key of the paste; KEY_PASTE_END ends it. */
void paste_take(enum stroke stroke, const char *bytes, size_t size);

/* Whether its lines are to go. */
void paste_answered(bool yes);

#endif
