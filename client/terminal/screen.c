#define _POSIX_C_SOURCE 200809L

#include "client/terminal/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/terminal/width.h"
#include "server/wire/line.h"
#include "server/wire/text.h"

/* Adds bytes to the output. All that is drawn goes out in one write, so that nothing flickers. */
static void put(struct screen *screen, const char *bytes, size_t size)
{
    if (size > sizeof screen->out - screen->used)
        size = sizeof screen->out - screen->used;
    memcpy(screen->out + screen->used, bytes, size);
    screen->used += size;
}

static void put_text(struct screen *screen, const char *text)
{
    put(screen, text, strlen(text));
}

/* Adds the typed text. Pasted text and file names can contain any character, so a character that
 * the sanitizer would change is shown as '?', once for each of its columns. */
static void put_typed(struct screen *screen, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        char shown[TEXT_SHOWN_SIZE(4)];
        uint32_t c = 0;
        size_t length = text_decode(text + at, size - at, &c);

        if (length == 0)
            length = 1;
        if (text_show(shown, sizeof shown, text + at, length) == length &&
            memcmp(shown, text + at, length) == 0 && c != '\t')
            put(screen, text + at, length);
        else
            put(screen, "??", (size_t)width_of(c));
        at += length;
    }
}

static void put_format(struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_format(struct screen *screen, const char *format, ...)
{
    char text[64];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text(screen, text);
}

static void send_out(struct screen *screen)
{
    if (screen->emit != NULL)
        screen->emit(screen->context, screen->out, screen->used);
    else
        (void)line_write(STDOUT_FILENO, screen->out, screen->used, NULL, NULL);
    screen->used = 0;
}

/* ---- the lower part: the status line and the line being typed. When a window becomes narrower,
 * most terminals wrap its rows, so two rows can become more. */

static size_t rows(size_t width, size_t columns)
{
    return width == 0 ? 1 : (width + columns - 1) / columns;
}

static void put_erase(struct screen *screen)
{
    size_t up;

    if (!screen->drawn)
        return;
    up = rows(screen->status_columns, screen->columns) + screen->cursor / screen->columns;
    put_format(screen, "\r\033[%zuA\033[J", up);
    screen->drawn = false;
}

static void put_status(struct screen *screen)
{
    size_t size = strlen(screen->status);
    size_t fits = width_fit(screen->status, size, screen->columns - 1);

    if (screen->color)
        put_text(screen, "\033[7m");
    put(screen, screen->status, fits);
    if (screen->color)
        put_text(screen, "\033[0m");
    put_text(screen, "\n");
    screen->status_columns = width_text(screen->status, fits);
}

/* Chooses the visible part of the text, so that it contains the cursor and leaves room for the
 * marks of hidden text. */
static void scroll(struct screen *screen, size_t room)
{
    const struct editor *editor = screen->editor;

    if (screen->scroll > editor->cursor || screen->scroll > editor->length)
        screen->scroll = editor->cursor;
    while (screen->scroll > 0 && ((unsigned char)editor->text[screen->scroll] & 0xc0) == 0x80)
        screen->scroll--; /* to the start of a character, because the text may have changed */
    if (width_text(editor->text, editor->length) < room)
        screen->scroll = 0;
    while (screen->scroll < editor->cursor &&
           width_text(editor->text + screen->scroll, editor->cursor - screen->scroll) + 2 > room) {
        size_t half = width_fit(editor->text + screen->scroll, editor->cursor - screen->scroll,
                                room / 2 > 0 ? room / 2 : 1);

        screen->scroll += half > 0 ? half : editor->cursor - screen->scroll;
    }
}

static void put_row(struct screen *screen)
{
    const struct editor *editor = screen->editor;
    size_t size = strlen(screen->prompt), room = screen->columns - 1;
    size_t fits = width_fit(screen->prompt, size, editor ? room * 2 / 3 : room);
    size_t left, begin, shown, column;

    put(screen, screen->prompt, fits);
    column = width_text(screen->prompt, fits);
    screen->cursor = screen->row_columns = column;
    if (editor == NULL)
        return;
    room -= column;
    scroll(screen, room);
    begin = screen->scroll;
    if (begin > 0) { /* '<' replaces the first visible character and its combining ones */
        left = width_fit(editor->text + begin, editor->length - begin, 1);
        if (left == 0)
            left = width_fit(editor->text + begin, editor->length - begin, 2);
        put_text(screen, "<");
        column++;
        room--;
        begin += begin + left <= editor->cursor ? left : 0;
    }
    shown = width_fit(editor->text + begin, editor->length - begin, room);
    if (begin + shown < editor->length)
        shown = width_fit(editor->text + begin, editor->length - begin, room - 1);
    put_typed(screen, editor->text + begin, shown);
    screen->row_columns = column + width_text(editor->text + begin, shown);
    if (begin + shown < editor->length) {
        put_text(screen, ">");
        screen->row_columns++;
    }
    screen->cursor = column + width_text(editor->text + begin, editor->cursor - begin);
}

static void put_lower(struct screen *screen)
{
    put_text(screen, "\r");
    put_status(screen);
    put_row(screen);
    put_text(screen, "\r");
    if (screen->cursor > 0)
        put_format(screen, "\033[%zuC", screen->cursor);
    screen->drawn = true;
}

/* ---- what the screen shows */

void screen_draw(struct screen *screen)
{
    if (!screen->smart)
        return;
    put_erase(screen);
    put_lower(screen);
    send_out(screen);
}

void screen_print(struct screen *screen, const char *line)
{
    bool drawn = screen->drawn;

    put_erase(screen);
    put_text(screen, line);
    put_text(screen, "\n");
    if (drawn)
        put_lower(screen);
    send_out(screen);
}

void screen_erase(struct screen *screen)
{
    put_erase(screen);
    send_out(screen);
}

void screen_resize(struct screen *screen, size_t columns)
{
    screen->columns = columns;
    screen_draw(screen);
}

void screen_clear(struct screen *screen)
{
    if (!screen->smart)
        return;
    put_text(screen, "\033[H\033[2J");
    put_lower(screen);
    send_out(screen);
}
