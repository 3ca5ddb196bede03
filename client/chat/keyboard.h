/* Typing that is seen: waits for a descriptor with an eye on the keys, shows the row that is typed,
 * and settles what concerns no one else, such as a paste. */
#ifndef CLIENT_CHAT_KEYBOARD_H
#define CLIENT_CHAT_KEYBOARD_H

#include "client/chat/typing.h"
#include "client/chat/window.h"

/* Acts on TYPING_LINE, TYPING_TAB, TYPING_YES, TYPING_NO, TYPING_STOP and TYPING_LEAVE; the others
 * are settled here. The end of the input is TYPING_LEAVE. */
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
};

/* Waits as poll(2) does for one descriptor (-1: none), for at most ms (-1: for ever), and acts on
 * what is typed meanwhile. Returns 1: fd is ready; 0: it is not; or what `check` says. */
int keyboard_wait(struct keyboard *keyboard, int fd, short events, int ms);

/* Acts on the keys that were read already. final: as for typing_next. */
void keyboard_take(struct keyboard *keyboard, bool final);

/* Asks a question in place of the line. */
void keyboard_ask(struct keyboard *keyboard, enum typing_asks asks, const char *question);

/* Adds a line to the queue; the user is told where that is full. */
void keyboard_queue(struct keyboard *keyboard, const char *line);

/* Puts the row that is typed into the window, to be drawn with it. */
void keyboard_show(struct keyboard *keyboard);

#endif
