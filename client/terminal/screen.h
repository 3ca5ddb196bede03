/* The terminal's contents: lines that stay, and beneath them the lower part (the status line and
 * the line being typed), which is redrawn after each line. Escape sequences are those of ECMA-48.
 * */
#ifndef CLIENT_TERMINAL_SCREEN_H
#define CLIENT_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "client/terminal/editor.h"

struct screen {
    bool smart; /* the terminal understands escape sequences; false: only plain lines are printed */
    bool color; /* colours may be used */
    size_t columns; /* of the window */
    char status[SCREEN_STATUS];
    char prompt[SCREEN_STATUS];
    const struct editor *editor; /* its text stands after the prompt; NULL: the prompt alone */
    bool drawn;                  /* the lower part is on the terminal, with these columns: */
    size_t status_columns, row_columns, cursor;
    size_t scroll; /* bytes of the text that are hidden at the left */
    char out[SCREEN_OUT];
    size_t used; /* bytes in out */
    /* takes what is drawn; NULL: it is written to stdout */
    void (*emit)(void *context, const char *bytes, size_t size);
    void *context; /* passed to emit */
};

/* Prints a line above the lower part, broken at words where it is wider than the window. Its only
 * control characters are the escape sequences of this client. */
void screen_print(struct screen *screen, const char *line);

/* Draws the lower part as it is now. */
void screen_draw(struct screen *screen);

/* Removes the lower part, before something else writes to the terminal. */
void screen_erase(struct screen *screen);

/* Draws the lower part for a window of so many columns. */
void screen_resize(struct screen *screen, size_t columns);

/* Empties the window, and draws the lower part. */
void screen_clear(struct screen *screen);

#endif
