/* The line that is being typed, and those that were: keys change it, nothing is drawn here. */
#ifndef CLIENT_TERMINAL_EDITOR_H
#define CLIENT_TERMINAL_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "client/terminal/keys.h"
#include "server/wire/protocol.h"

struct editor {
    char text[PROTOCOL_REQUEST_MAX + 1]; /* NUL-terminated, clean UTF-8 */
    size_t length, cursor;               /* bytes */
    char killed[PROTOCOL_REQUEST_MAX + 1];
    bool killing;                  /* the last key cut: the next one that does adds to it */
    char *history[EDITOR_HISTORY]; /* oldest first */
    size_t lines, at;              /* at: the line shown; == lines: the one being typed */
    char *draft;                   /* that one, while another is shown */
    bool searching, failed;        /* failed: no line holds what is searched for */
    char wanted[EDITOR_SEARCH];    /* what is searched for */
    size_t found;                  /* in which line; == lines: in none */
};

enum editor_result {
    EDITOR_NOTHING,
    EDITOR_CHANGED,
    EDITOR_LINE,      /* Enter: text is to be used, then editor_clear */
    EDITOR_END,       /* Ctrl-D on an empty line */
    EDITOR_INTERRUPT, /* Ctrl-C; a line that was there is gone (CHANGED in that case) */
    EDITOR_COMPLETE,
    EDITOR_CLEAR,
};

/* A key and the bytes it came as. What does not fit into a request is not taken. */
enum editor_result editor_key(struct editor *editor, enum stroke key, const char *bytes,
                              size_t size);

/* Puts text at the cursor. False: no room. */
bool editor_insert(struct editor *editor, const char *text, size_t size);

/* Replaces the bytes from `from` to the cursor. */
bool editor_replace(struct editor *editor, size_t from, const char *text);

void editor_clear(struct editor *editor);

/* Adds a line that was used, unless it begins with a space or is the last one again. False: it was
 * not added. */
bool editor_remember(struct editor *editor, const char *line);

void editor_free(struct editor *editor);

#endif
