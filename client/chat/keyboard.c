#define _POSIX_C_SOURCE 200809L

#include "client/chat/keyboard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/tty.h"

/* ---- the row */

void keyboard_show(struct keyboard *keyboard)
{
    char prompt[SCREEN_STATUS];
    const struct editor *editor = typing_prompt(keyboard->typing, prompt);

    window_row(keyboard->window, prompt, editor);
}

void keyboard_ask(struct keyboard *keyboard, enum typing_asks asks, const char *question)
{
    typing_ask(keyboard->typing, asks, question);
    keyboard_show(keyboard);
    if (keyboard->window->screen.smart)
        window_draw(keyboard->window);
    else
        window_print_plain(keyboard->window, keyboard->window->screen.prompt);
}

void keyboard_queue(struct keyboard *keyboard, const char *line)
{
    if (!typing_push(keyboard->typing, line))
        window_wrong(keyboard->window, "Too many lines queued; not sent");
}

/* ---- pastes: one line is typed, several are shown and asked about before they are sent */

static void ask_about_paste(struct keyboard *keyboard, size_t lines)
{
    const struct paste *paste = &keyboard->typing->paste;
    char question[64], line[PROTOCOL_REQUEST_MAX + 1];
    size_t at = 0;

    for (size_t i = 0; i < PASTE_SHOWN && paste_next(paste, &at, line); i++)
        window_print_plain(keyboard->window, line);
    if (lines > PASTE_SHOWN)
        window_note(keyboard->window, "and %zu more", lines - PASTE_SHOWN);
    (void)snprintf(question, sizeof question, "Send these %zu lines?", lines);
    keyboard_ask(keyboard, TYPING_ASKS_PASTE, question);
}

/* Types the one line of a paste, without the end of line that terminals copy. False: it is too
 * long. */
static bool type_paste(struct typing *typing)
{
    char line[PROTOCOL_REQUEST_MAX + 1];
    size_t at = 0;

    return !paste_next(&typing->paste, &at, line) ||
           editor_insert(&typing->editor, line, strlen(line));
}

static void take_paste(struct keyboard *keyboard)
{
    struct window *window = keyboard->window;
    size_t lines, room = TYPING_QUEUE - keyboard->typing->queued;
    enum paste_kind kind = paste_kind(&keyboard->typing->paste, &lines);

    if (kind == PASTE_REFUSED)
        window_wrong(window, "Answer the question first; paste ignored");
    else if (kind == PASTE_TOO_LONG)
        window_wrong(window, "More than %d bytes pasted at once; nothing sent", PASTE_MAX);
    else if (kind == PASTE_LINE_TOO_LONG || (kind == PASTE_LINE && !type_paste(keyboard->typing)))
        window_wrong(window, "A line has at most %d bytes; nothing sent", PROTOCOL_REQUEST_MAX);
    else if (lines > room)
        window_wrong(window,
                     "%zu lines pasted, but only %zu more can wait to be sent; nothing sent", lines,
                     room);
    else if (kind == PASTE_LINES)
        ask_about_paste(keyboard, lines);
}

static void send_paste(struct keyboard *keyboard)
{
    char line[PROTOCOL_REQUEST_MAX + 1];
    size_t at = 0;

    while (paste_next(&keyboard->typing->paste, &at, line))
        keyboard_queue(keyboard, line);
}

/* ---- keys */

static void take_event(struct keyboard *keyboard, enum typing_event event)
{
    switch (event) {
    case TYPING_NOTHING:
    case TYPING_CHANGED:
        break;
    case TYPING_REJECTED:
        window_ring(keyboard->window);
        break;
    case TYPING_PASTE:
        take_paste(keyboard);
        break;
    case TYPING_UNPASTE:
        window_note(keyboard->window, "The paste had no end: dropped");
        break;
    case TYPING_SEND:
        send_paste(keyboard);
        break;
    case TYPING_DISCARD:
        window_note(keyboard->window, "Not sent");
        break;
    case TYPING_SUSPEND:
        window_suspend(keyboard->window);
        break;
    case TYPING_CLEAR:
        window_clear(keyboard->window);
        break;
    case TYPING_NOT_TEXT:
        window_wrong(keyboard->window, "Expected a line of UTF-8 text; not sent");
        break;
    case TYPING_TOO_LONG:
        window_wrong(keyboard->window, "A line has at most %d bytes; not sent",
                     PROTOCOL_REQUEST_MAX);
        break;
    case TYPING_LINE:
    case TYPING_TAB:
    case TYPING_YES:
    case TYPING_NO:
    case TYPING_STOP:
    case TYPING_LEAVE:
        keyboard->act(keyboard->context, event);
        break;
    }
}

void keyboard_take(struct keyboard *keyboard, bool final)
{
    enum typing_event event;

    while ((event = typing_next(keyboard->typing, final)) != TYPING_NOTHING) {
        keyboard_show(keyboard);
        take_event(keyboard, event);
    }
    keyboard_show(keyboard);
    window_draw(keyboard->window);
}

/* ---- waiting */

static int shorter(int ms, int other)
{
    return other >= 0 && (ms < 0 || other < ms) ? other : ms;
}

/* Milliseconds until then, at most KEYBOARD_WAIT_MOST. */
static int left_until(int64_t then)
{
    int64_t left = (then - clock_now() + CLOCK_MS - 1) / CLOCK_MS;

    return left < 0 ? 0 : left > KEYBOARD_WAIT_MOST ? KEYBOARD_WAIT_MOST : (int)left;
}

/* How long to wait for the rest of a paste; -1: none is open. */
static int paste_patience(const struct keyboard *keyboard)
{
    return keyboard->typing->paste.open ? left_until(keyboard->typed + PASTE_END_MS * CLOCK_MS)
                                        : -1;
}

static void take_rest(struct keyboard *keyboard)
{
    if (paste_patience(keyboard) != 0)
        return;
    take_event(keyboard, typing_rest(keyboard->typing));
    keyboard_show(keyboard);
    window_draw(keyboard->window);
}

/* Waits once, for at most ms, and acts on what was typed meanwhile. Returns whether fd is ready. */
static bool wait_once(struct keyboard *keyboard, int fd, short events, int ms)
{
    /* the rest of a key would have come by now, so a lone ESC is the key Escape */
    bool final = typing_is_half(keyboard->typing) && (ms < 0 || ms >= TYPING_KEY_MS);
    struct tty_ready ready;

    if (final)
        ms = TYPING_KEY_MS;
    ms = shorter(ms, paste_patience(keyboard));
    ready = tty_wait(fd, events, shorter(ms, window_patience(keyboard->window)));
    window_look(keyboard->window);
    if (!ready.other)
        window_settle(keyboard->window);
    if (ready.keys) {
        keyboard->typed = clock_now();
        if (!typing_read(keyboard->typing))
            keyboard->act(keyboard->context, TYPING_LEAVE);
        keyboard_take(keyboard, false);
    } else if (final && !ready.other) {
        keyboard_take(keyboard, true);
    }
    take_rest(keyboard);
    return ready.other;
}

int keyboard_wait(struct keyboard *keyboard, int fd, short events, int ms)
{
    int64_t until = ms < 0 ? 0 : clock_now() + ms * CLOCK_MS;

    for (;;) {
        bool ready = wait_once(keyboard, fd, events, ms < 0 ? -1 : left_until(until));

        switch (keyboard->check(keyboard->context)) {
        case KEYBOARD_CANCELS:
            errno = ECANCELED;
            return -1;
        case KEYBOARD_ENDS:
            return ready;
        case KEYBOARD_WAITS:
            break;
        }
        if (ready)
            return 1;
        if (ms >= 0 && clock_now() >= until)
            return 0;
    }
}
