#define _POSIX_C_SOURCE 200809L

#include "client/terminal/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/terminal/width.h"
#include "server/wire/line.h"
#include "server/wire/text.h"

/* What is drawn goes out in one write, so that nothing flickers. */
static char out[1 << 16];
static size_t used;

static void put(const char *bytes, size_t size)
{
    if (size > sizeof out - used)
        size = sizeof out - used;
    memcpy(out + used, bytes, size);
    used += size;
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

/* Text that is typed may have been pasted, or be the name of a file: what the sanitizer would not
 * show as it is becomes as many '?' as it has columns. */
static void put_typed(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        char shown[TEXT_SHOWN_SIZE(4)];
        uint32_t c = 0;
        size_t length = text_decode(text + at, size - at, &c);

        if (length == 0)
            length = 1;
        if (text_show(shown, sizeof shown, text + at, length) == length &&
            memcmp(shown, text + at, length) == 0 && c != '\t')
            put(text + at, length);
        else
            put("??", (size_t)width_of(c));
        at += length;
    }
}

static void put_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put_format(const char *format, ...)
{
    char text[64];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text(text);
}

static void send_out(const struct screen *screen)
{
    if (screen->emit != NULL)
        screen->emit(out, used);
    else
        (void)line_write(STDOUT_FILENO, out, used, NULL, NULL);
    used = 0;
}

/* ---- the lower part: its two rows may have become more when the window became narrower, for most
 * terminals then break a row */

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
    put_format("\r\033[%zuA\033[J", up);
    screen->drawn = false;
}

static void put_status(struct screen *screen)
{
    size_t size = strlen(screen->status);
    size_t fits = width_fit(screen->status, size, screen->columns - 1);

    if (screen->color)
        put_text("\033[7m");
    put(screen->status, fits);
    if (screen->color)
        put_text("\033[0m");
    put_text("\n");
    screen->status_columns = width_text(screen->status, fits);
}

/* Moves the window over the text so that the cursor is in it, with room for the marks of what is
 * left out. */
static void scroll(struct screen *screen, size_t room)
{
    const struct editor *editor = screen->editor;

    if (screen->scroll > editor->cursor || screen->scroll > editor->length)
        screen->scroll = editor->cursor;
    while (screen->scroll > 0 && ((unsigned char)editor->text[screen->scroll] & 0xc0) == 0x80)
        screen->scroll--; /* between characters: the text may be another one */
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

    put(screen->prompt, fits);
    column = width_text(screen->prompt, fits);
    screen->cursor = screen->row_columns = column;
    if (editor == NULL)
        return;
    room -= column;
    scroll(screen, room);
    begin = screen->scroll;
    if (begin > 0) { /* in place of the character there, and those that belong to it */
        left = width_fit(editor->text + begin, editor->length - begin, 1);
        if (left == 0)
            left = width_fit(editor->text + begin, editor->length - begin, 2);
        put_text("<");
        column++;
        room--;
        begin += begin + left <= editor->cursor ? left : 0;
    }
    shown = width_fit(editor->text + begin, editor->length - begin, room);
    if (begin + shown < editor->length)
        shown = width_fit(editor->text + begin, editor->length - begin, room - 1);
    put_typed(editor->text + begin, shown);
    screen->row_columns = column + width_text(editor->text + begin, shown);
    if (begin + shown < editor->length) {
        put_text(">");
        screen->row_columns++;
    }
    screen->cursor = column + width_text(editor->text + begin, editor->cursor - begin);
}

static void put_lower(struct screen *screen)
{
    put_text("\r");
    put_status(screen);
    put_row(screen);
    put_text("\r");
    if (screen->cursor > 0)
        put_format("\033[%zuC", screen->cursor);
    screen->drawn = true;
}

/* ---- */

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
    put_text(line);
    put_text("\n");
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
    put_text("\033[H\033[2J");
    put_lower(screen);
    send_out(screen);
}
