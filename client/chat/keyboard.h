/* The keyboard and the row that is being typed: waits for a descriptor and for keys at the same
 * time, shows the row, and handles by itself what needs no server, such as a paste. */
#ifndef CLIENT_CHAT_KEYBOARD_H
#define CLIENT_CHAT_KEYBOARD_H

#include <stdint.h>

#include "client/chat/typing.h"
#include "client/chat/window.h"

/* Gets TYPING_LINE, TYPING_TAB, TYPING_YES, TYPING_NO, TYPING_STOP and TYPING_LEAVE; the keyboard
 * handles the other events itself. The end of the input is TYPING_LEAVE. */
typedef void keyboard_event(void *context, enum typing_event event);

/* Whether a wait goes on after keys were acted on. */
enum keyboard_wait {
    KEYBOARD_WAITS,
    KEYBOARD_ENDS,    /* something else is to be done: 0 */
    KEYBOARD_CANCELS, /* -1 with ECANCELED */
};
typedef enum keyboard_wait keyboard_check(void *context);

struct keyboard {
    struct typing *typing; /* the caller's, like window */
    struct window *window;
    keyboard_event *act;
    keyboard_check *check;
    void *context; /* passed to both */
    int64_t typed; /* clock_now when a byte came last */
};

/* Waits like poll(2) for one descriptor (-1: none), for at most ms (-1: for ever), and acts on keys
 * meanwhile. Returns 1 if fd is ready, 0 after the time, or what `check` returns. */
int keyboard_wait(struct keyboard *keyboard, int fd, short events, int ms);

/* Acts on the keys that were read already. final: as for typing_next. */
void keyboard_take(struct keyboard *keyboard, bool final);

/* Shows a question instead of the line. */
void keyboard_ask(struct keyboard *keyboard, enum typing_asks asks, const char *question);

/* Adds a line to the queue. If the queue is full, tells the user. */
void keyboard_queue(struct keyboard *keyboard, const char *line);

/* Puts the row that is typed into the window, to be drawn with it. */
void keyboard_show(struct keyboard *keyboard);

#endif
