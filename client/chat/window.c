#define _POSIX_C_SOURCE 200809L

#include "client/chat/window.h"

#include <errno.h>
#include <limits.h>
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

/* The screen at the window's present width: the terminal may have wrapped its rows since it was
 * drawn. */
static struct screen *fitted(struct window *window)
{
    window->screen.columns = terminal_columns();
    return &window->screen;
}

/* ---- lines */

/* Shows a line, and adds it to the log. timed: it may begin with a time. */
static void put_line(struct window *window, time_t when, const char *line, bool timed)
{
    char error[SHOW_MAX], text[PATH_MAX + 128];
    struct chatlog *log = &window->log;

    screen_print(fitted(window), line);
    if (!log->open ||
        chatlog_add(log, when, line, timed && window->show.timestamps ? SHOW_TIME_SIZE : 0) == 0)
        return;
    (void)snprintf(text, sizeof text, "Cannot write %s: %s; nothing more is added to it", log->path,
                   strerror(errno));
    show_note(error, &window->show, true, text);
    screen_print(fitted(window), error);
}

void window_print_plain(struct window *window, const char *text)
{
    char line[SHOW_MAX];

    show_plain(line, text);
    put_line(window, time(NULL), line, false);
}

static void note(struct window *window, bool wrong, const char *format, va_list arguments)
{
    char text[PROTOCOL_REPLY_MAX + 512], line[SHOW_MAX];

    (void)vsnprintf(text, sizeof text, format, arguments);
    show_note(line, &window->show, wrong, text);
    put_line(window, time(NULL), line, false);
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
    put_line(window, time(NULL), line, false);
}

/* ---- who comes */

static void print_room_line(struct window *window, time_t when, int code, const char *text)
{
    char line[SHOW_MAX];

    if (show_room_line(line, &window->show, when, code, text))
        put_line(window, when, line, true);
    else
        window_draw(window);
}

/* The client of that name may have just come. Returns whether it goes again, or takes its name:
 * then the line is not to be shown. */
static bool settle_arrival(struct window *window, int code, const char *name, const char *rest)
{
    struct arrival arrival;
    char line[SHOW_MAX];

    if (code == ROOM_LINE_RENAMED && arrivals_rename(&window->arrivals, name, rest))
        return true;
    if (!arrivals_take(&window->arrivals, name, &arrival))
        return false;
    if (code == ROOM_LINE_WENT) {
        show_visit(line, &window->show, arrival.when, arrival.name);
        put_line(window, arrival.when, line, true);
        return true;
    }
    print_room_line(window, arrival.when, ROOM_LINE_CAME, arrival.name);
    return false;
}

static void settle_due(struct window *window, int64_t now)
{
    struct arrival arrival;

    while (arrivals_due(&window->arrivals, now, &arrival))
        print_room_line(window, arrival.when, ROOM_LINE_CAME, arrival.name);
}

/* Until when a client that came may take its name, or go: of one that came long ago, which is told
 * after a loss, the next line says whether it did. */
static int64_t arrival_ends(time_t when)
{
    time_t ago = time(NULL) - when;

    return clock_now() + ARRIVAL_MS * CLOCK_MS - (ago > 0 ? (int64_t)ago * CLOCK_S : 0);
}

void window_room_line(struct window *window, const struct room_line *line)
{
    char name[PROTOCOL_NAME_MAX + 1];
    const char *rest;
    const int code = line->code;
    bool named = code != ROOM_LINE_EARLIER && code != ROOM_LINE_ANNOUNCED &&
                 protocol_parse_name(line->text, name, &rest);

    if (named && settle_arrival(window, code, name, rest)) {
        window_draw(window); /* the status line */
        return;
    }
    settle_due(window, clock_now());
    if (named && code == ROOM_LINE_CAME &&
        arrivals_add(&window->arrivals, name, line->when, arrival_ends(line->when))) {
        window_draw(window); /* the status line */
        return;
    }
    print_room_line(window, line->when, code, line->text);
}

void window_settle(struct window *window)
{
    settle_due(window, clock_now());
}

void window_own(struct window *window, const char *to, const char *text)
{
    char line[SHOW_MAX];
    time_t now = time(NULL);

    show_own(line, &window->show, now, to, text);
    put_line(window, now, line, true);
}

/* table_line_shown */
static void print_line(void *context, const char *line)
{
    put_line(context, time(NULL), line, false);
}

void window_table(struct window *window, struct table *table, int code)
{
    table_show(table, code, window->show.name, window->screen.columns, print_line, window);
}

void window_log(struct window *window, const char *path)
{
    struct chatlog *log = &window->log;

    settle_due(window, INT64_MAX); /* who came before is told before */
    if (path[0] != '\0' && chatlog_open(log, path) != 0) {
        window_wrong(window, "Cannot write %s: %s", path,
                     errno == EINVAL ? "expected a file" : strerror(errno));
    } else if (path[0] != '\0') {
        window_note(window, "What is shown is added to %s", path);
    } else if (log->open) {
        window_note(window, "Nothing more is added to %s", log->path);
        chatlog_close(log);
    } else {
        window_note(window, "There is no log; /log FILE begins one");
    }
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
    screen_draw(fitted(window));
}

void window_clear(struct window *window)
{
    screen_clear(fitted(window));
}

/* ---- the terminal */

void window_end(struct window *window)
{
    settle_due(window, INT64_MAX);
    settle_due(window, INT64_MAX);
    chatlog_close(&window->log);
    screen_erase(fitted(window));
    tty_end();
}

void window_suspend(struct window *window)
{
    screen_erase(fitted(window));
    tty_suspend();
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
    struct tty_news news = tty_news();

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
    int64_t left = arrivals_left(&window->arrivals, clock_now());
    int ms = window->resized != 0 ? WINDOW_RESIZE_MS : -1;

    if (left >= 0 && (ms < 0 || left / CLOCK_MS < ms))
        ms = (int)(left / CLOCK_MS) + 1;
    return ms;
}
