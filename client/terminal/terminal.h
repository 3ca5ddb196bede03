/* The terminal of the conversation: what server/wire/tty.h has, with pasted text marked as such,
 * and with the bounds of the client. */
#ifndef CLIENT_TERMINAL_TERMINAL_H
#define CLIENT_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "server/wire/tty.h"

/* tty_begin. */
int terminal_begin(void);

/* The columns of the window as it is now, from TERMINAL_COLUMNS_LEAST to _MOST. */
size_t terminal_columns(void);

/* Whether the terminal understands escape sequences: TERM is set, and is not "dumb". */
bool terminal_is_smart(void);

#endif
