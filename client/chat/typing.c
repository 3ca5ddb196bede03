#define _POSIX_C_SOURCE 200809L

#include "client/chat/typing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/terminal/show.h"
#include "server/wire/text.h"

#define CTRL_C ('C' & 0x1f)

/* ---- the row */

const struct editor *typing_prompt(const struct typing *typing, char prompt[SCREEN_STATUS])
{
    char wanted[SHOW_MAX];

    if (typing->asks != TYPING_ASKS_NOTHING) {
        (void)snprintf(prompt, SCREEN_STATUS, "%.480s (y/N) ", typing->question);
        return NULL;
    }
    if (typing->editor.searching) {
        show_plain(wanted, typing->editor.wanted);
        (void)snprintf(prompt, SCREEN_STATUS, "(%ssearch '%.200s') ",
                       typing->editor.failed ? "failed " : "", wanted);
    } else {
        (void)snprintf(prompt, SCREEN_STATUS, "> ");
    }
    return &typing->editor;
}

void typing_ask(struct typing *typing, enum typing_asks asks, const char *question)
{
    typing->asks = asks;
    (void)snprintf(typing->question, sizeof typing->question, "%s", question);
}

bool typing_is_idle(const struct typing *typing)
{
    return typing->asks == TYPING_ASKS_NOTHING && !typing->paste.open && typing->editor.length == 0;
}

/* ---- events */

static enum typing_event take_line(struct typing *typing)
{
    memcpy(typing->line, typing->editor.text, typing->editor.length + 1);
    editor_clear(&typing->editor);
    return TYPING_LINE;
}

/* Only y, n, Escape and the like are answers, because a key meant for the line must not overwrite a
 * file. */
static enum typing_event take_answer(struct typing *typing, enum stroke stroke, const char *bytes)
{
    bool about_paste = typing->asks == TYPING_ASKS_PASTE;
    bool yes = stroke == KEY_TEXT && (bytes[0] == 'y' || bytes[0] == 'Y');
    bool no = stroke == KEY_ENTER || stroke == KEY_CANCEL || stroke == KEY_INTERRUPT ||
              stroke == KEY_EOF || (stroke == KEY_TEXT && (bytes[0] == 'n' || bytes[0] == 'N'));

    if (!yes && !no)
        return stroke == KEY_NONE ? TYPING_CHANGED : TYPING_REJECTED;
    typing->asks = TYPING_ASKS_NOTHING;
    if (about_paste)
        return yes ? TYPING_SEND : TYPING_DISCARD;
    return yes ? TYPING_YES : TYPING_NO;
}

static enum typing_event edit(struct typing *typing, enum stroke stroke, const char *bytes,
                              size_t size)
{
    enum editor_result result = editor_key(&typing->editor, stroke, bytes, size);

    if (result != EDITOR_INTERRUPT && stroke != KEY_NONE)
        typing->warned = false;
    switch (result) {
    case EDITOR_LINE:
        return take_line(typing);
    case EDITOR_END:
        return TYPING_LEAVE;
    case EDITOR_INTERRUPT:
        return TYPING_STOP;
    case EDITOR_COMPLETE:
        return TYPING_TAB;
    case EDITOR_CLEAR:
        return TYPING_CLEAR;
    case EDITOR_NOTHING:
        return stroke == KEY_TEXT ? TYPING_REJECTED : TYPING_CHANGED; /* the line is full */
    case EDITOR_CHANGED:
        break;
    }
    return TYPING_CHANGED;
}

/* Ctrl-C ends a paste whose end was lost. In the middle of the text it is text: what follows would
 * be taken for keys. */
static enum typing_event take_pasted(struct typing *typing, enum stroke stroke, const char *bytes,
                                     size_t size)
{
    if (stroke == KEY_INTERRUPT && typing->alone && typing->used == 0) {
        paste_end(&typing->paste, true);
        return TYPING_UNPASTE;
    }
    return paste_take(&typing->paste, stroke, bytes, size) ? TYPING_PASTE : TYPING_CHANGED;
}

enum typing_event typing_rest(struct typing *typing)
{
    if (!typing->paste.open)
        return TYPING_NOTHING;
    paste_end(&typing->paste, false);
    return TYPING_PASTE;
}

static enum typing_event take_key(struct typing *typing, enum stroke stroke, const char *bytes,
                                  size_t size)
{
    if (typing->paste.open)
        return take_pasted(typing, stroke, bytes, size);
    if (stroke == KEY_PASTE) {
        /* keeps the last paste while a question about it is open */
        paste_begin(&typing->paste, typing->asks != TYPING_ASKS_NOTHING);
        if (typing->asks == TYPING_ASKS_NOTHING)
            (void)editor_key(&typing->editor, KEY_PASTE, "", 0); /* ends a search */
        return TYPING_CHANGED;
    }
    if (stroke == KEY_SUSPEND)
        return TYPING_SUSPEND;
    if (typing->asks != TYPING_ASKS_NOTHING)
        return take_answer(typing, stroke, bytes);
    return edit(typing, stroke, bytes, size);
}

/* ---- bytes */

/* Drops the bytes before this one. */
static void drop_until(struct typing *typing, const char *rest)
{
    typing->used = (size_t)(typing->keys + typing->used - rest);
    memmove(typing->keys, rest, typing->used);
}

void typing_hold(struct typing *typing)
{
    typing->held = true;
}

/* Keys after Tab wait, until Ctrl-C or a full buffer. */
static bool is_impatient(const struct typing *typing)
{
    return typing->used == sizeof typing->keys ||
           memchr(typing->keys, CTRL_C, typing->used) != NULL;
}

void typing_release(struct typing *typing)
{
    typing->held = false;
}

/* The key that the bytes begin with. */
static enum typing_event next_key(struct typing *typing, bool final)
{
    char bytes[TYPING_KEYS];
    enum stroke stroke;
    size_t size;

    if (typing->held && is_impatient(typing))
        typing_release(typing);
    if (typing->held || typing->used == 0)
        return TYPING_NOTHING;
    size = keys_decode(typing->keys, typing->used, final, &stroke);
    if (size == 0)
        return TYPING_NOTHING;
    memcpy(bytes, typing->keys, size);
    drop_until(typing, typing->keys + size);
    return take_key(typing, stroke, bytes, size);
}

/* The line that the bytes begin with, where the terminal edits lines itself. */
static enum typing_event next_line(struct typing *typing)
{
    char *end = memchr(typing->keys, '\n', typing->used);
    size_t length = end != NULL ? (size_t)(end - typing->keys) : 0;
    enum typing_event event;

    if (end == NULL && typing->used < sizeof typing->keys)
        return TYPING_NOTHING;
    if (end == NULL) {
        typing->used = 0;
        return TYPING_TOO_LONG;
    }
    if (typing->asks != TYPING_ASKS_NOTHING) {
        bool yes = typing->keys[0] == 'y' || typing->keys[0] == 'Y';

        event = take_answer(typing, yes ? KEY_TEXT : KEY_ENTER, typing->keys);
    } else if (length <= PROTOCOL_REQUEST_MAX && text_is_clean(typing->keys, length)) {
        editor_clear(&typing->editor);
        (void)editor_insert(&typing->editor, typing->keys, length);
        event = take_line(typing);
    } else {
        event = TYPING_NOT_TEXT;
    }
    drop_until(typing, end + 1);
    return event;
}

enum typing_event typing_next(struct typing *typing, bool final)
{
    return typing->smart ? next_key(typing, final) : next_line(typing);
}

bool typing_is_half(const struct typing *typing)
{
    return typing->smart && typing->used > 0 && !typing->held;
}

bool typing_read(struct typing *typing)
{
    ssize_t got =
        read(STDIN_FILENO, typing->keys + typing->used, sizeof typing->keys - typing->used);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        return false;
    if (got > 0)
        typing->used += (size_t)got;
    typing->alone = got == 1;
    return true;
}

/* ---- the queue */

bool typing_push(struct typing *typing, const char *line)
{
    char *copy = typing->queued < TYPING_QUEUE ? strdup(line) : NULL;

    if (copy != NULL)
        typing->queue[typing->queued++] = copy;
    return copy != NULL;
}

char *typing_pop(struct typing *typing, typing_wanted *wanted)
{
    for (size_t i = 0; i < typing->queued; i++) {
        char *line = typing->queue[i];

        if (wanted != NULL && !wanted(line))
            continue;
        memmove(typing->queue + i, typing->queue + i + 1,
                (--typing->queued - i) * sizeof typing->queue[0]);
        return line;
    }
    return NULL;
}

bool typing_has(const struct typing *typing, typing_wanted *wanted)
{
    for (size_t i = 0; i < typing->queued; i++)
        if (wanted(typing->queue[i]))
            return true;
    return false;
}

void typing_free(struct typing *typing)
{
    while (typing->queued > 0)
        free(typing->queue[--typing->queued]);
    editor_free(&typing->editor);
}
