/* The terminal, key by key: its mode, its size and the signals about it. The terminal's mode is
 * restored whatever ends the program, except SIGKILL. */
#ifndef CLIENT_TERMINAL_TERMINAL_H
#define CLIENT_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* From terminal_begin to terminal_end keys can be read as they are pressed, and pasted text is
 * marked as such. A second call of either does nothing. Returns 0, or -1 with errno. */
int terminal_begin(void);
void terminal_end(void);

/* Stops this process as Ctrl-Z does in other programs, and returns when it continues. */
void terminal_suspend(void);

/* What has happened since the last call. */
struct terminal_news {
    bool resized;
    bool stop;      /* SIGTSTP came: terminal_suspend is to be called */
    bool continued; /* this process was stopped, and others may have drawn on the screen */
};
struct terminal_news terminal_news(void);

/* Waits for at most ms (-1: for ever) until a key can be read, `fd` (-1: none) is ready for
 * `events` as poll(2) has them, or there is news. */
struct terminal_ready {
    bool keys, other;
};
struct terminal_ready terminal_wait(int fd, short events, int ms);

/* The columns of the window as it is now: what the terminal says, else $COLUMNS, else 80. */
size_t terminal_columns(void);

/* Whether the terminal understands escape sequences: TERM is set, and is not "dumb". */
bool terminal_is_smart(void);

#endif
