/* The terminal of `rollcallctl top`: what server/wire/tty.h has, on a screen that disappears in the
 * end. tty_end ends it. */
#ifndef SHM_CTL_CONSOLE_H
#define SHM_CTL_CONSOLE_H

#include <stddef.h>

#include "server/wire/tty.h"

/* tty_begin. Returns 0, or -1 with errno: ENOTTY where input or output is no terminal. */
int console_begin(void);

/* Waits for at most ms until keys can be read. KEYS: *length bytes of them are in `keys`. DRAW: the
 * time is over, the window was resized, or the process was stopped and goes on. END: there is no
 * terminal any more. */
enum console_news { CONSOLE_KEYS, CONSOLE_DRAW, CONSOLE_END };
enum console_news console_wait(int ms, char *keys, size_t size, size_t *length);

#endif
