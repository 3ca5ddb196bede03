#define _POSIX_C_SOURCE 200809L

#include "client/terminal/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "client/limits.h"

int terminal_begin(void)
{
    /* pasted text is marked; and no colour stays */
    static const struct tty_style style = {"\033[?2004h", "\033[?2004l\033[0m", "\r\n"};

    return tty_begin(&style);
}

size_t terminal_columns(void)
{
    size_t columns = tty_size().columns;

    if (columns > TERMINAL_COLUMNS_MOST)
        return TERMINAL_COLUMNS_MOST;
    return columns < TERMINAL_COLUMNS_LEAST ? TERMINAL_COLUMNS_LEAST : columns;
}

bool terminal_is_smart(void)
{
    const char *term = getenv("TERM");

    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}
