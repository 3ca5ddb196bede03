/* The lines typed in earlier conversations: $XDG_STATE_HOME/rollcall/history, or where that is not
 * set ~/.local/state/rollcall/history, for nobody else to read. */
#ifndef CLIENT_CHAT_HISTORY_H
#define CLIENT_CHAT_HISTORY_H

#include "client/terminal/editor.h"

/* Gives them to the editor. Where the file cannot be read or written there is no history, and
 * nothing is said. */
void history_load(struct editor *editor);

/* Adds a line that the editor remembered. */
void history_add(const char *line);

#endif
