/* The terminal, key by key: its mode, its size and the signals about it. The terminal's mode is
 * restored whatever ends the program, except SIGKILL. For one terminal: standard input and output.
 */
#ifndef SERVER_WIRE_TTY_H
#define SERVER_WIRE_TTY_H

#include <stdbool.h>
#include <stddef.h>

/* What is written when the mode is set, and before it is restored; and before that when a signal
 * ends the program. */
struct tty_style {
    const char *enter, *leave, *killed;
};

/* From tty_begin to tty_end keys can be read as they are pressed. A second call of either does
 * nothing. The style is the caller's, and stays. Returns 0, or -1 with errno. */
int tty_begin(const struct tty_style *style);
void tty_end(void);

/* Stops this process as Ctrl-Z does in other programs, and returns when it continues. */
void tty_suspend(void);

/* What has happened since the last call. */
struct tty_news {
    bool resized;
    bool stop;      /* SIGTSTP came: tty_suspend is to be called */
    bool continued; /* this process was stopped, and others may have drawn on the screen */
};
struct tty_news tty_news(void);

/* Waits for at most ms (-1: for ever) until a key can be read, `fd` (-1: none) is ready for
 * `events` as poll(2) has them, or there is news. */
struct tty_ready {
    bool keys, other;
};
struct tty_ready tty_wait(int fd, short events, int ms);

/* The window as it is now: what the terminal says, else $COLUMNS and $LINES, else 80 by 24. Numbers
 * over TTY_MOST are taken to be an error. */
#define TTY_MOST 1000
struct tty_size {
    size_t columns, rows;
};
struct tty_size tty_size(void);

#endif
