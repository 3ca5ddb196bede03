/* The line that is being typed, and the lines typed before. Keys change it; nothing is drawn here.
 */
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
    bool killing;                  /* the last key cut text, and the next cut adds to that */
    char *history[EDITOR_HISTORY]; /* oldest first */
    size_t lines, at;              /* at: which line is shown; == lines: the one being typed */
    char *draft;                   /* the line being typed, while another one is shown */
    bool searching, failed;        /* failed: no line contains `wanted` */
    char wanted[EDITOR_SEARCH];    /* what is searched for */
    size_t found;                  /* the line that contains it; == lines: none does */
};

enum editor_result {
    EDITOR_NOTHING,
    EDITOR_CHANGED,
    EDITOR_LINE,      /* Enter: the caller uses the text, then calls editor_clear */
    EDITOR_END,       /* Ctrl-D on an empty line */
    EDITOR_INTERRUPT, /* Ctrl-C on an empty line; any other line is emptied (EDITOR_CHANGED) */
    EDITOR_COMPLETE,
    EDITOR_CLEAR,
};

/* Acts on a key, which came as these bytes. Text for which a request has no room is not inserted.
 */
enum editor_result editor_key(struct editor *editor, enum stroke key, const char *bytes,
                              size_t size);

/* Inserts text at the cursor. False: a request has no room for it, and nothing changes. */
bool editor_insert(struct editor *editor, const char *text, size_t size);

/* Replaces the bytes from `from` to the cursor. False: as above. */
bool editor_replace(struct editor *editor, size_t from, const char *text);

void editor_clear(struct editor *editor);

/* Adds a line to those typed before, unless it is empty, begins with a space or equals the last
 * one. False: it was not added. */
bool editor_remember(struct editor *editor, const char *line);

void editor_free(struct editor *editor);

#endif
