#define _POSIX_C_SOURCE 200809L

#include "client/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "server/text.h"

#define SECOND        INT64_C(1000000000)
#define FIRST_DRAWN   (SECOND / 2)
#define REDRAWN       (SECOND / 10)
#define BAR_LEAST     10 /* columns, with its brackets; a shorter one says nothing */
#define BAR_MOST      40
#define NAME_LEAST    8
#define WIDTH_MOST    500
#define WIDTH_UNKNOWN 80

int64_t progress_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

/* Asked each time, for the window may have been resized. */
static size_t terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
#if defined(TIOCGWINSZ) && !defined(POSIX_ONLY)
    struct winsize window;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        width = window.ws_col;
#endif
    return width < 2 || width > WIDTH_MOST ? WIDTH_UNKNOWN : (size_t)width;
}

/* ---- the pieces */

/* "812 B", "1.4 MB", "23 GB": of 1000 each, as disks are sold. */
static void format_bytes(char *to, size_t size, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;

    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1000;
        unit++;
    }
    (void)snprintf(to, size, unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void format_time(char *to, size_t size, double seconds)
{
    unsigned long s = seconds < 359999 ? (unsigned long)(seconds + 0.5) : 359999;

    if (s < 3600)
        (void)snprintf(to, size, "%lu:%02lu", s / 60, s % 60);
    else
        (void)snprintf(to, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

/* As much of the text as fits into so many columns, and how many it takes. A character outside
 * Latin may be two columns wide, and is counted so: better a gap than a line that wraps. */
static size_t cut(const char *text, size_t columns, size_t *bytes)
{
    size_t used = 0, length = strlen(text);

    *bytes = 0;
    while (*bytes < length) {
        uint32_t c;
        size_t size = text_decode(text + *bytes, length - *bytes, &c);
        size_t wide = c >= 0x1100 ? 2 : 1;

        if (size == 0 || used + wide > columns)
            break;
        *bytes += size;
        used += wide;
    }
    return used;
}

/* ---- the line: NAME [####....] 42 %  12 of 30 MB  5.1 MB/s  0:03; what does not fit is left out,
 * the bar first, then the size, the rate, the name and the time */

void progress_format(char *to, size_t size, const struct progress *progress, uint64_t have,
                     int64_t ns, size_t width)
{
    bool whole = have >= progress->total;
    double seconds = ns > 0 ? (double)ns / SECOND : 1e-9;
    double rate = (double)(have - progress->offset) / seconds;
    double left = rate > 0 ? (double)(progress->total - have) / rate : 359999;
    unsigned percent = progress->total > 0 && !whole
                           ? (unsigned)((double)have * 100 / (double)progress->total)
                           : 100;
    char total[16], speed[16], time[32], tail[96];
    size_t columns, bytes, used;

    format_bytes(total, sizeof total, (double)progress->total);
    format_bytes(speed, sizeof speed, rate);
    format_time(time, sizeof time, whole ? seconds : left);
    (void)snprintf(tail, sizeof tail, "%3u %%  %s  %s/s  %s", percent, total, speed, time);
    if (strlen(tail) + NAME_LEAST + 1 > width)
        (void)snprintf(tail, sizeof tail, "%3u %%  %s/s  %s", percent, speed, time);
    if (strlen(tail) + NAME_LEAST + 1 > width)
        (void)snprintf(tail, sizeof tail, "%3u %%  %s", percent, time);
    if (strlen(tail) > width)
        (void)snprintf(tail, sizeof tail, "%3u %%", percent);
    columns = strlen(tail) < width ? width - strlen(tail) - 1 : 0;
    used = cut(progress->name, columns, &bytes);
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

static void draw(struct progress *progress, uint64_t have, int64_t time)
{
    char line[4 * WIDTH_MOST + 100];

    /* the last column stays free: some terminals wrap when it is written */
    progress_format(line, sizeof line, progress, have, time - progress->began,
                    terminal_width() - 1);
    fprintf(stderr, "\r%s\033[K", line);
    progress->redrawn = time;
    progress->drawn = true;
}

void progress_begin(struct progress *progress, const char *name, uint64_t offset, uint64_t total)
{
    progress->drawn = false;
    progress->name = name;
    progress->offset = offset;
    progress->total = total;
    progress->began = progress->redrawn = progress_now();
}

void progress_step(struct progress *progress, uint64_t have)
{
    int64_t time = progress->wanted ? progress_now() : 0;

    if (time - progress->began >= FIRST_DRAWN && time - progress->redrawn >= REDRAWN)
        draw(progress, have, time);
}

void progress_end(struct progress *progress, uint64_t have)
{
    if (!progress->drawn)
        return;
    if (have >= progress->total) {
        draw(progress, have, progress_now());
        fputc('\n', stderr);
    } else {
        fputs("\r\033[K", stderr);
    }
    progress->drawn = false;
}

void progress_total(size_t files, uint64_t bytes, int64_t ns)
{
    char size[16], time[32];

    format_bytes(size, sizeof size, (double)bytes);
    format_time(time, sizeof time, (double)ns / SECOND);
    fprintf(stderr, "%zu files, %s in %s\n", files, size, time);
}
