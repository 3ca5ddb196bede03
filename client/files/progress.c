#define _POSIX_C_SOURCE 200809L

#include "client/files/progress.h"

#include <stdio.h>
#include <string.h>

#include "client/terminal/columns.h"
#include "client/terminal/terminal.h"
#include "server/wire/clock.h"
#include "server/wire/width.h"

#define FIRST_DRAWN (CLOCK_S / 2)
#define REDRAWN     (CLOCK_S / 10)
#define BAR_LEAST   10 /* columns with its brackets; a shorter bar shows nothing */
#define BAR_MOST    40
#define NAME_LEAST  8
#define WIDTH_MOST  500

/* ---- the parts of the line */

static void format_time(char *to, size_t size, double seconds)
{
    unsigned long s = seconds < 359999 ? (unsigned long)(seconds + 0.5) : 359999;

    if (s < 3600)
        (void)snprintf(to, size, "%lu:%02lu", s / 60, s % 60);
    else
        (void)snprintf(to, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

/* ---- the line: NAME [####    ]  42 %  30 MB  5.1 MB/s  0:03. What does not fit is left out: the
 * bar first, then the size, the rate, and the time; the name is cut. */

void progress_format(char *to, size_t size, const struct progress *progress, uint64_t have,
                     int64_t ns, size_t width)
{
    bool whole = have >= progress->total;
    double seconds = ns > 0 ? (double)ns / (double)CLOCK_S : 1e-9;
    double rate = (double)(have - progress->offset) / seconds;
    double left = rate > 0 ? (double)(progress->total - have) / rate : 359999;
    unsigned percent = progress->total > 0 && !whole
                           ? (unsigned)((double)have * 100 / (double)progress->total)
                           : 100;
    char total[16], speed[16], time[32], tail[96];
    size_t columns, bytes, used;

    table_bytes(total, sizeof total, (double)progress->total);
    table_bytes(speed, sizeof speed, rate);
    format_time(time, sizeof time, whole ? seconds : left);
    (void)snprintf(tail, sizeof tail, "%3u %%  %s  %s/s  %s", percent, total, speed, time);
    if (strlen(tail) + NAME_LEAST + 1 > width)
        (void)snprintf(tail, sizeof tail, "%3u %%  %s/s  %s", percent, speed, time);
    if (strlen(tail) + NAME_LEAST + 1 > width)
        (void)snprintf(tail, sizeof tail, "%3u %%  %s", percent, time);
    if (strlen(tail) > width)
        (void)snprintf(tail, sizeof tail, "%3u %%", percent);
    columns = strlen(tail) < width ? width - strlen(tail) - 1 : 0;
    bytes = width_fit(progress->name, strlen(progress->name), columns);
    used = width_text(progress->name, bytes);
    (void)snprintf(to, size, "%.*s", (int)bytes, progress->name);
    columns -= used;
    if (columns > BAR_LEAST) {
        size_t bar = columns - 1 < BAR_MOST ? columns - 1 : BAR_MOST;
        size_t full = (bar - 2) * percent / 100;
        size_t at = strlen(to);

        (void)snprintf(to + at, size - at, " [%.*s%*s]", (int)full,
                       "########################################", (int)(bar - 2 - full), "");
        columns -= bar + 1;
    }
    (void)snprintf(to + strlen(to), size - strlen(to), "%*s%s%s", (int)columns, "",
                   strlen(tail) < width ? " " : "", tail);
}

/* ---- drawing it */

static void set_drawn(struct progress *progress, bool drawn)
{
    progress->drawn = drawn;
    if (progress->voice->drawn != NULL)
        *progress->voice->drawn = drawn;
}

static void draw(struct progress *progress, uint64_t have, int64_t time)
{
    char line[4 * WIDTH_MOST + 100];
    size_t taken = progress->voice->beside + 1, columns = terminal_columns();

    /* the last column stays free, because some terminals wrap when it is written */
    progress_format(line, sizeof line, progress, have, time - progress->began,
                    columns > taken ? columns - taken : 1);
    if (progress->voice->bar != NULL)
        progress->voice->bar(progress->voice->context, line);
    else
        fprintf(stderr, "\r%s\033[K", line);
    progress->redrawn = time;
    set_drawn(progress, true);
}

static bool is_wanted(const struct voice *voice)
{
    return voice->progress && !voice->quiet;
}

void progress_begin(struct progress *progress, const struct voice *voice, const char *name,
                    uint64_t offset, uint64_t total)
{
    progress->voice = voice;
    progress->drawn = false;
    progress->name = name;
    progress->offset = offset;
    progress->total = total;
    progress->began = progress->redrawn = clock_now();
    (void)fflush(stdout); /* what was printed stands above the line */
}

void progress_step(struct progress *progress, uint64_t have)
{
    int64_t now;

    if (!is_wanted(progress->voice))
        return;
    now = clock_now();
    if (now - progress->began >= FIRST_DRAWN && now - progress->redrawn >= REDRAWN)
        draw(progress, have < progress->total ? have : progress->total, now);
}

void progress_hide(struct progress *progress)
{
    if (!progress->drawn)
        return;
    if (progress->voice->bar != NULL)
        progress->voice->bar(progress->voice->context, NULL);
    else
        fputs("\r\033[K", stderr);
    set_drawn(progress, false);
}

void progress_end(struct progress *progress, uint64_t have)
{
    if (!progress->drawn || progress->voice->bar != NULL || have < progress->total) {
        progress_hide(progress);
        return;
    }
    draw(progress, have, clock_now());
    fputc('\n', stderr);
    set_drawn(progress, false);
}

void progress_total(const struct voice *voice, size_t files, uint64_t bytes, int64_t ns)
{
    char size[16], time[32];

    if (files < 2 || !is_wanted(voice))
        return;
    table_bytes(size, sizeof size, (double)bytes);
    format_time(time, sizeof time, (double)ns / (double)CLOCK_S);
    fprintf(stderr, "%zu files, %s in %s\n", files, size, time);
}
