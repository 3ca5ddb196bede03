#define _POSIX_C_SOURCE 200809L

#include "client/chat/typing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/chat/chat.h"
#include "client/chat/complete.h"
#include "client/chat/history.h"
#include "client/chat/paste.h"
#include "client/terminal/terminal.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"

#define RESIZE_MS 60 /* without another change of the window */
#define ESCAPE_MS 50 /* for the rest of a key's sequence */

static int64_t now_ms(void)
{
    return clock_now() / 1000000;
}

void typing_prompt(void)
{
    char line[SHOW_MAX];

    if (chat.editor.searching) {
        show_plain(line, chat.editor.wanted);
        (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "(%ssearch '%.200s') ",
                       chat.editor.failed ? "failed " : "", line);
    } else {
        (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "> ");
    }
}

/* ---- what is typed */

void typing_queue(const char *line)
{
    char *copy = chat.queued < CHAT_QUEUE ? strdup(line) : NULL;

    if (copy != NULL)
        chat.queue[chat.queued++] = copy;
    else
        chat_wrong("Too many lines wait to be sent: not taken");
}

static void stop_waiting(void)
{
    chat.leaving = chat.aborted = true;
}

static bool is_leaving(const char *line)
{
    return strcmp(line, "exit") == 0 || strcmp(line, "/exit") == 0 || strcmp(line, "/quit") == 0;
}

static void take_line(void)
{
    char line[PROTOCOL_REQUEST_MAX + 1];

    memcpy(line, chat.editor.text, chat.editor.length + 1);
    if (editor_remember(&chat.editor, line))
        history_add(line);
    editor_clear(&chat.editor);
    if (line[0] == '\0')
        return;
    if ((!chat.connected || chat.transferring) && is_leaving(line)) {
        stop_waiting();
        return;
    }
    typing_queue(line);
    if (!chat.connected)
        chat_note("Not connected: this will be said when we are");
    else if (chat.transferring)
        chat_note("Waits for the file: %s", line);
}

/* ---- a question in place of the line */

void typing_ask(const char *question)
{
    chat.said = -1;
    chat.screen.editor = NULL;
    (void)snprintf(chat.screen.prompt, sizeof chat.screen.prompt, "%.480s (y/N) ", question);
    screen_draw(&chat.screen);
}

void typing_answered(void)
{
    chat.asks = ASKS_NOTHING;
    chat.screen.editor = &chat.editor;
    typing_prompt();
}

/* ---- keys */

/* Nothing but an answer is one: a key that was meant for a line must not decide about a file. */
static void take_answer(enum stroke stroke, const char *bytes)
{
    bool yes = stroke == KEY_TEXT && (bytes[0] == 'y' || bytes[0] == 'Y');
    bool no = stroke == KEY_ENTER || stroke == KEY_CANCEL || stroke == KEY_INTERRUPT ||
              stroke == KEY_EOF || (stroke == KEY_TEXT && (bytes[0] == 'n' || bytes[0] == 'N'));

    if (!yes && !no) {
        if (stroke != KEY_NONE)
            chat_ring();
        return;
    }
    chat.said = yes;
    if (chat.asks == ASKS_PASTE) {
        typing_answered();
        paste_answered(yes);
    }
}

static void interrupt(void)
{
    if (chat.busy && chat.connected) {
        chat.aborted = true;
        return;
    }
    if (chat.interrupted) {
        stop_waiting();
        return;
    }
    chat.interrupted = true;
    chat_note("Ctrl-C once more, Ctrl-D or /exit leaves");
}

static void suspend(void)
{
    screen_erase(&chat.screen);
    terminal_suspend();
    screen_resize(&chat.screen, terminal_columns());
}

static void take_key(enum stroke stroke, const char *bytes, size_t size)
{
    bool again = chat.interrupted;

    if (chat.pasting) {
        paste_take(stroke, bytes, size);
        return;
    }
    if (stroke == KEY_PASTE) {
        paste_begin();
        return;
    }
    if (stroke == KEY_SUSPEND) {
        suspend();
        return;
    }
    if (chat.asks != ASKS_NOTHING) {
        take_answer(stroke, bytes);
        return;
    }
    switch (editor_key(&chat.editor, stroke, bytes, size)) {
    case EDITOR_LINE:
        take_line();
        break;
    case EDITOR_END:
        stop_waiting();
        break;
    case EDITOR_INTERRUPT:
        interrupt();
        break;
    case EDITOR_COMPLETE:
        if (chat.connected && !chat.busy && complete_asks())
            chat.completing = true;
        else
            complete_word();
        break;
    case EDITOR_CLEAR:
        screen_clear(&chat.screen);
        break;
    case EDITOR_NOTHING:
        if (stroke == KEY_TEXT)
            chat_ring(); /* the line is full */
        break;
    case EDITOR_CHANGED:
        break;
    }
    if (again && chat.interrupted && stroke != KEY_NONE)
        chat.interrupted = false;
    if (chat.asks == ASKS_NOTHING)
        typing_prompt();
}

static void understand_keys(bool final)
{
    size_t at = 0, left;

    while (at < chat.keys_used && !chat.completing) {
        enum stroke stroke;
        size_t size = keys_decode(chat.keys + at, chat.keys_used - at, final, &stroke);

        if (size == 0)
            break;
        take_key(stroke, chat.keys + at, size);
        at += size;
    }
    left = chat.keys_used - at;
    memmove(chat.keys, chat.keys + at, left);
    chat.keys_used = left;
    screen_draw(&chat.screen);
}

void typing_completed(void)
{
    chat.completing = false;
    understand_keys(false);
}

/* A terminal that knows no escape sequences edits its line itself. */
static void understand_lines(void)
{
    char *end;

    while ((end = memchr(chat.keys, '\n', chat.keys_used)) != NULL) {
        size_t length = (size_t)(end - chat.keys), rest = chat.keys_used - length - 1;

        if (chat.asks != ASKS_NOTHING) {
            take_answer(chat.keys[0] == 'y' || chat.keys[0] == 'Y' ? KEY_TEXT : KEY_ENTER,
                        chat.keys);
        } else if (length <= PROTOCOL_REQUEST_MAX && text_is_clean(chat.keys, length)) {
            editor_clear(&chat.editor);
            (void)editor_insert(&chat.editor, chat.keys, length);
            take_line();
        } else {
            chat_wrong("Expected a line of UTF-8 text: not sent");
        }
        memmove(chat.keys, end + 1, rest);
        chat.keys_used = rest;
    }
    if (chat.keys_used == sizeof chat.keys) {
        chat_wrong("A line has at most %d bytes: not sent", PROTOCOL_REQUEST_MAX);
        chat.keys_used = 0;
    }
}

static void read_keys(void)
{
    ssize_t got = read(STDIN_FILENO, chat.keys + chat.keys_used, sizeof chat.keys - chat.keys_used);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        stop_waiting();
        return;
    }
    if (got > 0)
        chat.keys_used += (size_t)got;
    if (!chat.screen.smart) {
        understand_lines();
        return;
    }
    understand_keys(false);
    /* what is typed after Tab waits for it, but not for ever */
    if (chat.completing && (chat.keys_used == sizeof chat.keys ||
                            memchr(chat.keys, 'C' & 0x1f, chat.keys_used) != NULL))
        typing_completed();
}

/* ---- waiting, always with an eye on the keys */

static void hear_news(void)
{
    struct terminal_news news = terminal_news();

    if (!chat.screen.smart)
        return;
    if (news.stop)
        suspend();
    else if (news.continued) {
        chat.screen.drawn = false;
        screen_resize(&chat.screen, terminal_columns());
    }
    if (news.resized)
        chat.resized_ms = now_ms();
}

/* A window that is dragged changes many times: it is drawn when it stands still, for what the
 * terminal makes of the rows meanwhile cannot be known. */
static void redraw_resized(void)
{
    if (chat.resized_ms == 0 || now_ms() - chat.resized_ms < RESIZE_MS)
        return;
    chat.resized_ms = 0;
    screen_resize(&chat.screen, terminal_columns());
}

static bool is_idle(void)
{
    return chat.asks == ASKS_NOTHING && !chat.pasting && chat.editor.length == 0;
}

/* Something that was typed is to be done now. */
static bool has_work(void)
{
    return chat.leaving || (chat.asks == ASKS_OVERWRITE && chat.said >= 0) ||
           (chat.must_ask && is_idle()) || (!chat.busy && (chat.queued > 0 || chat.completing));
}

/* As poll(2) for one descriptor; 0 also where there is work, -1 with ECANCELED: it was said to stop
 * this. */
int typing_wait(int fd, short events, int ms)
{
    int64_t until = ms < 0 ? INT64_MAX : now_ms() + ms;

    for (;;) {
        int64_t left = until == INT64_MAX ? -1 : until - now_ms();
        bool half_key = chat.screen.smart && chat.keys_used > 0 && !chat.completing;
        bool final = half_key && (until == INT64_MAX || left >= ESCAPE_MS);
        struct terminal_ready ready;

        if (until != INT64_MAX && left < 0)
            left = 0;
        if (final)
            left = ESCAPE_MS;
        if (chat.resized_ms != 0 && (left < 0 || left > RESIZE_MS))
            left = RESIZE_MS;
        if (left > 60000)
            left = 60000;
        ready = terminal_wait(fd, events, (int)left);
        hear_news();
        redraw_resized();
        if (ready.keys)
            read_keys();
        else if (final && !ready.other)
            understand_keys(true);
        if (chat.aborted) {
            chat.aborted = false;
            chat.stopped = true;
            errno = ECANCELED;
            return -1;
        }
        if (ready.other)
            return 1;
        if (has_work() || (until != INT64_MAX && now_ms() >= until))
            return 0;
    }
}

/* A question that came in the middle of a line would take its next letter for the answer. */
static void finish_line(const char *path)
{
    if (is_idle())
        return;
    chat_note("%s is here already: you are asked when your line is done", path);
    chat.must_ask = true;
    while (!is_idle() && !chat.leaving)
        (void)typing_wait(-1, 0, -1);
    chat.must_ask = false;
}

bool typing_overwrite(const char *path)
{
    char question[SCREEN_STATUS], shown[SHOW_MAX];

    finish_line(path);
    show_plain(shown, path);
    (void)snprintf(question, sizeof question, "Overwrite %.300s?", shown);
    chat.asks = ASKS_OVERWRITE;
    typing_ask(question);
    if (!chat.screen.smart) {
        char line[SHOW_MAX];

        show_plain(line, chat.screen.prompt);
        chat_print(line);
    }
    while (chat.said < 0 && !chat.leaving)
        (void)typing_wait(-1, 0, -1);
    typing_answered();
    return chat.said > 0;
}
