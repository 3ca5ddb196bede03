#define _POSIX_C_SOURCE 200809L

#include "client/chat/window.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/terminal/terminal.h"
#include "server/wire/clock.h"

void window_begin(struct window *window, const char *name, bool color, bool timestamps, bool bell)
{
    const char *term = getenv("TERM"), *depth = getenv("COLORTERM");
    struct screen *screen = &window->screen;

    screen->smart = terminal_is_smart() && terminal_begin() == 0;
    screen->color = window->show.color = screen->smart && color;
    screen->columns = terminal_columns();
    window->show.many_colors = depth != NULL || (term != NULL && strstr(term, "256color") != NULL);
    window->show.timestamps = timestamps;
    window->show.name = name;
    window->bell = bell;
}

void window_end(struct window *window)
{
    screen_erase(&window->screen);
    terminal_end();
}

/* ---- lines */

void window_print_plain(struct window *window, const char *text)
{
    char line[SHOW_MAX];

    show_plain(line, text);
    screen_print(&window->screen, line);
}

static void note(struct window *window, bool wrong, const char *format, va_list arguments)
{
    char text[PROTOCOL_REPLY_MAX + 512], line[SHOW_MAX];

    (void)vsnprintf(text, sizeof text, format, arguments);
    show_note(line, &window->show, wrong, text);
    screen_print(&window->screen, line);
}

void window_note(struct window *window, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note(window, false, format, arguments);
    va_end(arguments);
}

void window_wrong(struct window *window, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    note(window, true, format, arguments);
    va_end(arguments);
}

void window_note_text(struct window *window, const char *text)
{
    char line[SHOW_MAX];

    show_note(line, &window->show, false, text);
    screen_print(&window->screen, line);
}

void window_room_line(struct window *window, int code, const char *text)
{
    char line[SHOW_MAX];

    if (show_room_line(line, &window->show, time(NULL), code, text))
        screen_print(&window->screen, line);
    else
        window_draw(window);
}

void window_own(struct window *window, const char *to, const char *text)
{
    char line[SHOW_MAX];

    show_own(line, &window->show, time(NULL), to, text);
    screen_print(&window->screen, line);
}

/* table_line_shown */
static void print_line(void *context, const char *line)
{
    struct window *window = context;

    screen_print(&window->screen, line);
}

void window_table(struct window *window, struct table *table, int code)
{
    table_show(table, code, window->show.name, window->screen.columns, print_line, window);
}

void window_ring(const struct window *window)
{
    if (window->bell)
        (void)!write(STDOUT_FILENO, "\a", 1);
}

/* ---- the lower part */

void window_status(struct window *window, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(window->screen.status, sizeof window->screen.status, format, arguments);
    va_end(arguments);
}

size_t window_queued(struct window *window, size_t lines)
{
    window->beside_bar[0] = '\0';
    if (lines > 0)
        (void)snprintf(window->beside_bar, sizeof window->beside_bar, ", %zu queued", lines);
    return strlen(window->beside_bar);
}

void window_bar(struct window *window, const char *bar)
{
    (void)snprintf(window->screen.status, sizeof window->screen.status, "%s%s", bar,
                   window->beside_bar);
    window_draw(window);
}

void window_row(struct window *window, const char *prompt, const struct editor *editor)
{
    (void)snprintf(window->screen.prompt, sizeof window->screen.prompt, "%s", prompt);
    window->screen.editor = editor;
}

void window_draw(struct window *window)
{
    screen_draw(&window->screen);
}

void window_clear(struct window *window)
{
    screen_clear(&window->screen);
}

/* ---- the terminal */

void window_suspend(struct window *window)
{
    screen_erase(&window->screen);
    terminal_suspend();
    screen_resize(&window->screen, terminal_columns());
}

/* While a window is dragged its size changes many times, and a terminal may break the rows anew
 * each time, so the lower part is drawn when the size has been the same for WINDOW_RESIZE_MS. */
static void redraw_resized(struct window *window)
{
    if (window->resized == 0 || clock_now() - window->resized < WINDOW_RESIZE_MS * CLOCK_MS)
        return;
    window->resized = 0;
    screen_resize(&window->screen, terminal_columns());
}

void window_look(struct window *window)
{
    struct terminal_news news = terminal_news();

    if (!window->screen.smart)
        return;
    if (news.stop) {
        window_suspend(window);
    } else if (news.continued) {
        window->screen.drawn = false; /* a shell may have written since */
        screen_resize(&window->screen, terminal_columns());
    }
    if (news.resized)
        window->resized = clock_now();
    redraw_resized(window);
}

int window_patience(const struct window *window)
{
    return window->resized != 0 ? WINDOW_RESIZE_MS : -1;
}
