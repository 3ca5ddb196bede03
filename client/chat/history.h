/* The lines typed in earlier conversations: $XDG_STATE_HOME/rollcall/history, or
 * ~/.local/state/rollcall/history where that is not set. Only this user can read the file. */
#ifndef CLIENT_CHAT_HISTORY_H
#define CLIENT_CHAT_HISTORY_H

#include <limits.h>

#include "client/terminal/editor.h"

struct history {
    char path[PATH_MAX]; /* of the file; "": there is none */
};

/* Finds the file, makes its directories, and gives its lines to the editor. If the file cannot be
 * read or written, there is no history, and no message. */
void history_load(struct history *history, struct editor *editor);

/* Appends a line. */
void history_add(const struct history *history, const char *line);

#endif
