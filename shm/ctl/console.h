/* The terminal of `rollcallctl top`: its mode, its size, its keys and the signals about it. The
 * mode is restored whatever ends the program, except SIGKILL. */
#ifndef SHM_CTL_CONSOLE_H
#define SHM_CTL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* From console_begin to console_end keys are read as they are pressed, and the screen is one that
 * disappears in the end. Returns 0, or -1 with errno: ENOTTY where input or output is no terminal.
 */
int console_begin(void);
void console_end(void);

/* The window as it is now: what the terminal says, else $COLUMNS and $LINES, else 80 by 24. */
struct console_size {
    size_t columns, rows;
};
struct console_size console_size(void);

/* Waits for at most ms until keys can be read. TOP_KEYS: *length bytes of them are in `keys`. DRAW:
 * the time is over, the window was resized, or the process was stopped and goes on. END: there is
 * no terminal any more. */
enum console_news { CONSOLE_KEYS, CONSOLE_DRAW, CONSOLE_END };
enum console_news console_wait(int ms, char *keys, size_t size, size_t *length);

/* Stops this process as Ctrl-Z does in other programs, and returns when it continues. */
void console_suspend(void);

#endif
