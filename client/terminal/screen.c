#define _POSIX_C_SOURCE 200809L

#include "client/terminal/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/terminal/wrap.h"
#include "server/wire/line.h"
#include "server/wire/text.h"
#include "server/wire/width.h"

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
    /* to the start of a grapheme, because the text may have changed */
    screen->scroll = width_begin(editor->text, editor->length, screen->scroll);
    if (width_text(editor->text, editor->length) < room)
        screen->scroll = 0;
    while (screen->scroll < editor->cursor &&
           width_text(editor->text + screen->scroll, editor->cursor - screen->scroll) + 2 > room) {
        size_t half = width_fit(editor->text + screen->scroll, editor->cursor - screen->scroll,
                                room / 2 > 0 ? room / 2 : 1);

        screen->scroll += half > 0 ? half : editor->cursor - screen->scroll;
    }
}

/* What is visible of the row. */
struct row {
    size_t prompt;     /* bytes of it */
    bool left, right;  /* a mark stands there, because something is left out */
    size_t begin, end; /* bytes of the editor's text */
};

static struct row find_row(struct screen *screen)
{
    const struct editor *editor = screen->editor;
    size_t room = screen->columns - 1, size = strlen(screen->prompt), columns;
    struct row row = {.prompt = width_fit(screen->prompt, size, editor ? room * 2 / 3 : room)};

    screen->cursor = screen->row_columns = width_text(screen->prompt, row.prompt);
    if (editor == NULL)
        return row;
    room -= screen->cursor;
    scroll(screen, room);
    row.begin = screen->scroll;
    row.left = row.begin > 0;
    if (row.left) { /* '<' replaces the first visible grapheme */
        size_t first = width_next(editor->text + row.begin, editor->length - row.begin, &columns);

        room--;
        row.begin += row.begin + first <= editor->cursor ? first : 0;
    }
    row.end = row.begin + width_fit(editor->text + row.begin, editor->length - row.begin, room);
    row.right = row.end < editor->length;
    if (row.right)
        row.end =
            row.begin + width_fit(editor->text + row.begin, editor->length - row.begin, room - 1);
    screen->row_columns +=
        row.left + width_text(editor->text + row.begin, row.end - row.begin) + row.right;
    screen->cursor += row.left + width_text(editor->text + row.begin, editor->cursor - row.begin);
    return row;
}

/* Adds the row up to this byte of the editor's text. */
static void put_row(struct screen *screen, const struct row *row, size_t end)
{
    put(screen, screen->prompt, row->prompt);
    if (row->left)
        put_text(screen, "<");
    if (screen->editor != NULL)
        put_typed(screen, screen->editor->text + row->begin, end - row->begin);
}

/* Whether each byte is one column on every terminal. */
static bool is_ascii(const char *text, size_t size)
{
    while (size > 0 && (unsigned char)text[size - 1] < 0x80)
        size--;
    return size == 0;
}

/* Moves the cursor to its place in the row. Terminals disagree about the width of some characters,
 * so these are written once more, and the cursor is where this terminal ends them. */
static void put_cursor(struct screen *screen, const struct row *row)
{
    const struct editor *editor = screen->editor;

    put_text(screen, "\r");
    if (editor != NULL && editor->cursor > row->begin &&
        !is_ascii(editor->text + row->begin, editor->cursor - row->begin))
        put_row(screen, row, editor->cursor);
    else if (screen->cursor > 0)
        put_format(screen, "\033[%zuC", screen->cursor);
}

static void put_lower(struct screen *screen)
{
    struct row row = find_row(screen);

    put_text(screen, "\r");
    put_status(screen);
    put_row(screen, &row, row.end);
    if (row.right)
        put_text(screen, ">");
    put_cursor(screen, &row);
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

/* Adds a line in as many rows as it needs. */
static void put_line(struct screen *screen, const char *line)
{
    size_t columns = screen->columns, indent = wrap_indent(line, columns), next;

    if (!screen->smart) { /* the terminal, or who reads aloud, breaks it */
        put_text(screen, line);
        put_text(screen, "\n");
        return;
    }
    for (bool first = true; first || *line != '\0'; first = false, line += next) {
        size_t size = wrap_row(line, first ? columns : columns - indent, columns - indent, &next);

        /* the cursor is moved, because spaces would be underlined where the text is */
        if (!first && indent > 0)
            put_format(screen, "\033[%zuC", indent);
        put(screen, line, size);
        put_text(screen, "\n");
    }
}

void screen_print(struct screen *screen, const char *line)
{
    bool drawn = screen->drawn;

    put_erase(screen);
    put_line(screen, line);
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
