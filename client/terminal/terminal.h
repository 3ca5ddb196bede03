/* The terminal, key by key: its mode, its size and the signals about it. Whatever ends the program,
 * the terminal is given back as it was; only SIGKILL prevents that. */
#ifndef CLIENT_TERMINAL_TERMINAL_H
#define CLIENT_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* From now on each key is read as it is pressed, and pasted text is marked as such. Returns 0, or
 * -1 with errno. Twice does nothing; nor does ending twice. */
int terminal_begin(void);
void terminal_end(void);

/* Stops this process, as Ctrl-Z does elsewhere, and returns when it goes on. */
void terminal_suspend(void);

/* What has happened since the last time it was asked. */
struct terminal_news {
    bool resized;
    bool stop;      /* somebody wants us to stop: terminal_suspend */
    bool continued; /* we were stopped, and what is on the screen is not ours */
};
struct terminal_news terminal_news(void);

/* Waits until there is a key, or `fd` (-1: none) is ready for poll(2)'s `events`, or news, for ms
 * at most (-1: for ever). */
struct terminal_ready {
    bool keys, other;
};
struct terminal_ready terminal_wait(int fd, short events, int ms);

/* Columns of the window, which is asked each time, for it may have been resized; 80 where that
 * cannot be known. */
size_t terminal_columns(void);

/* Whether it understands escape sequences: TERM is set, and not "dumb". */
bool terminal_is_smart(void);

#endif
