#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/top_screen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/line.h"
#include "server/wire/text.h"
#include "server/wire/width.h"
#include "shm/ctl/console.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/page_text.h"

size_t top_line(const struct top *top)
{
    const struct report *report = &top->page.report;

    for (size_t i = 0; i < report->count; i++)
        if (!report->lines[i].damaged && report->lines[i].of.client.serial == top->selected)
            return i;
    return 0;
}

void top_select(struct top *top, size_t number)
{
    const struct report *report = &top->page.report;

    if (report->count == 0)
        return;
    if (number >= report->count)
        number = report->count - 1;
    top->selected = report->lines[number].of.client.serial;
}

/* ---- drawing: a frame is written at once */

static void put(struct top *top, const char *text)
{
    size_t length = strlen(text);

    if (top->used + length >= sizeof top->frame)
        return;
    memcpy(top->frame + top->used, text, length + 1);
    top->used += length;
}

static void put_line(struct top *top, const char *style, const char *text)
{
    put(top, style);
    put(top, text);
    put(top, style[0] != '\0' ? "\033[0m\033[K" : "\033[K");
}

/* The last line: a question, what is typed, what became of the last command, or the keys. */
static void put_last(struct top *top, size_t columns)
{
    static const char *const prompts[] = {
        [TYPING_FILTER] = "Show (names, networks): ", [TYPING_ANNOUNCEMENT] = "Announce: "};
    char text[2 * TOP_TYPED + 64], shown[TEXT_SHOWN_SIZE(sizeof text)];
    const char *from = shown;
    size_t length;

    if (top->phase == ASKING_KICK)
        (void)snprintf(text, sizeof text, "Send %s away? (y/N) ", top->typed);
    else if (top->phase == TYPING_FILTER || top->phase == TYPING_ANNOUNCEMENT)
        (void)snprintf(text, sizeof text, "%s%s_", prompts[top->phase], top->typed);
    else if (top->said[0] != '\0')
        (void)snprintf(text, sizeof text, "%s", top->said);
    else
        (void)snprintf(text, sizeof text, "q quit  s sort:%s  / filter  k kick  a announce",
                       page_sort_word(top->page.sort));
    length = text_show(shown, sizeof shown, text, strlen(text));
    while (top->phase != BROWSING && width_text(from, length) > columns) {
        size_t size = width_fit(from, length, 1); /* the end is what the user looks at */

        size = size > 0 ? size : width_fit(from, length, 2);
        from += size;
        length -= size;
    }
    shown[(size_t)(from - shown) + width_fit(from, length, columns)] = '\0';
    put_line(top, top->phase == BROWSING ? "\033[2m" : "\033[1m", from);
}

/* The last column stays free, because a terminal may wrap when it is written. */
void top_draw(struct top *top)
{
    const struct tty_size size = tty_size();
    const size_t columns = size.columns > PAGE_COLUMNS ? PAGE_COLUMNS
                           : size.columns > 1          ? size.columns - 1
                                                       : 1;
    const size_t count = top->page.report.count, head = size.rows > PAGE_HEAD + 1 ? PAGE_HEAD : 1;
    const struct page_layout layout = page_layout(&top->page, columns);
    const size_t at = top_line(top);
    char line[PAGE_LINE];

    top->rows = size.rows > head + 1 ? size.rows - head - 1 : 0;
    if (top->rows > TOP_ROWS)
        top->rows = TOP_ROWS;
    top_select(top, at);
    if (at < top->first)
        top->first = at;
    if (top->rows > 0 && at >= top->first + top->rows)
        top->first = at - top->rows + 1;
    if (top->first + top->rows > count)
        top->first = count > top->rows ? count - top->rows : 0;
    top->used = 0;
    put(top, "\033[H");
    for (size_t i = 0; i < head; i++) {
        page_head(line, &top->page, &layout, i);
        put_line(top, i == 0 || i == PAGE_HEAD - 1 ? "\033[1m" : "", line);
        put(top, "\r\n");
    }
    for (size_t i = top->first; i < top->first + top->rows; i++) {
        line[0] = '\0';
        if (i < count)
            page_row(line, &top->page, &layout, i);
        put_line(top, i < count && i == at ? "\033[7m" : "", line);
        put(top, "\r\n");
    }
    put_last(top, columns);
    put(top, "\033[J");
    (void)line_write(STDOUT_FILENO, top->frame, top->used, NULL, NULL);
}
