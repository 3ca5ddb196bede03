/* What the conversation shows on the terminal: lines, notes of the client, the status line or a
 * transfer's bar, the line that is being typed, and the bell. On a terminal that knows no escape
 * sequences (screen->smart is false) there are lines alone. */
#ifndef CLIENT_CHAT_WINDOW_H
#define CLIENT_CHAT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "client/chat/arrivals.h"
#include "client/chat/chatlog.h"
#include "client/link/room_line.h"
#include "client/terminal/columns.h"
#include "client/terminal/screen.h"
#include "client/terminal/show.h"

struct window {
    struct screen screen;
    struct show show;
    bool bell;
    char beside_bar[32]; /* what stands to the right of a bar */
    struct arrivals arrivals;
    struct chatlog log;
    int64_t resized; /* clock_now when the size changed and was not drawn since; 0: it is drawn */
};

/* Takes the terminal over, if it is smart: keys are then read one by one. color: use colours if the
 * terminal has them. name: this client's; the caller keeps it up to date. */
void window_begin(struct window *window, const char *name, bool color, bool timestamps, bool bell);

/* Gives the terminal back. */
void window_end(struct window *window);

/* ---- lines */

/* Text from outside, as a line of its own. */
void window_print_plain(struct window *window, const char *text);

/* A note of the client, "-- TEXT", of up to PROTOCOL_REPLY_MAX + 511 bytes; window_wrong: about a
 * failure. Text from outside may be in it. */
void window_note(struct window *window, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void window_wrong(struct window *window, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A note of any length. */
void window_note_text(struct window *window, const char *text);

/* A room line. That a client came is shown when it has taken a name, says something, or has had
 * ARRIVAL_MS for that. */
void window_room_line(struct window *window, const struct room_line *line);

/* Shows who has come and has had ARRIVAL_MS. To be called after a wait in which the server said
 * nothing. */
void window_settle(struct window *window);

/* What this client said: to the room (to: NULL), or to one client. */
void window_own(struct window *window, const char *to, const char *text);

/* The lines of an answer with this reply code; the table is empty then. */
void window_table(struct window *window, struct table *table, int code);

/* Adds what is shown from now on to a file; "": no longer. The user is told. */
void window_log(struct window *window, const char *path);

/* Rings the bell, if the user wants that. */
void window_ring(const struct window *window);

/* ---- the lower part */

/* The status line, which has passed the sanitizer; drawn by the next window_draw or line. */
void window_status(struct window *window, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes how many lines wait for the end of a transfer, which is told beside its bar. Returns the
 * columns that this takes. */
size_t window_queued(struct window *window, size_t lines);

/* A transfer's bar, in place of the status line. */
void window_bar(struct window *window, const char *bar);

/* The row that is being typed: a prompt and the editor's text (NULL: only the prompt). */
void window_row(struct window *window, const char *prompt, const struct editor *editor);

void window_draw(struct window *window);

/* Empties the window, and draws the lower part. */
void window_clear(struct window *window);

/* ---- the terminal */

/* Stops this process as Ctrl-Z does in other programs, and draws the lower part when it goes on. */
void window_suspend(struct window *window);

/* Redraws after the terminal was resized, or after this process was stopped and continued. Call it
 * after each wait. */
void window_look(struct window *window);

/* The longest wait before window_look and the arrivals must be looked at, in ms; -1: any time. */
int window_patience(const struct window *window);

#endif
