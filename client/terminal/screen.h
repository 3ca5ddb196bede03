/* What stands on the terminal: lines that stay, and beneath them the status line and the line that
 * is being typed, which are drawn anew after each of them. Escape sequences alone (ECMA-48). */
#ifndef CLIENT_TERMINAL_SCREEN_H
#define CLIENT_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "client/terminal/editor.h"

#define SCREEN_STATUS 512 /* bytes of a status line */

struct screen {
    bool smart;     /* understands escape sequences; else there are lines alone */
    bool color;     /* and may show colours */
    size_t columns; /* asked of the terminal when it is resized */
    char status[SCREEN_STATUS];
    char prompt[SCREEN_STATUS];
    const struct editor *editor;                /* what is drawn beneath; NULL: the prompt alone */
    bool drawn;                                 /* the lower part stands there, */
    size_t status_columns, row_columns, cursor; /* so wide, with the cursor there */
    size_t scroll;                              /* bytes of the text that are left of the window */
    void (*emit)(const char *bytes, size_t size); /* NULL: to the standard output */
};

/* A line above the lower part: our own, with its escape sequences; no other control character is
 * in it. */
void screen_print(struct screen *screen, const char *line);

/* The lower part, as it is now. */
void screen_draw(struct screen *screen);

/* Takes the lower part away, before something else writes. */
void screen_erase(struct screen *screen);

/* The window is another one now. */
void screen_resize(struct screen *screen, size_t columns);

/* An empty window, and the lower part in it. */
void screen_clear(struct screen *screen);

#endif
