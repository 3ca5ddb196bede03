#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/name.h"
#include "shm/ctl/limits.h"

/* ---- the order */

static int by_number(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

/* A line and its rate are sorted together. */
struct entry {
    struct report_line line;
    uint64_t rate;
    enum page_sort sort;
};

static int compare(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    const struct record *x = &one->line.of.client, *y = &other->line.of.client;
    int order = by_number(one->line.damaged, other->line.damaged);

    if (order != 0 || one->line.damaged)
        return order != 0 ? order : by_number(one->line.number, other->line.number);
    if (one->sort == SORT_ADDRESS) {
        order = by_number(x->peer.family, y->peer.family);
        order = order != 0 ? order : memcmp(x->peer.address, y->peer.address, 16);
    } else if (one->sort == SORT_SINCE) {
        order = by_number(x->serial, y->serial);
    } else if (one->sort == SORT_IDLE) {
        order = by_number((uint64_t)other->line.idle_ns, (uint64_t)one->line.idle_ns);
    } else if (one->sort == SORT_RATE) {
        order = by_number(other->rate + 1, one->rate + 1); /* unknown rates last */
    } else if (one->sort == SORT_HAND) {
        order = by_number(one->line.hand - 1, other->line.hand - 1); /* no hand last */
    }
    order = order != 0 ? order : name_compare(x->name, y->name);
    return order != 0 ? order : by_number(one->line.number, other->line.number);
}

void page_order(struct page *page)
{
    size_t count = page->report.count;
    struct entry *entries = calloc(count + 1, sizeof *entries);

    if (entries == NULL)
        return; /* then they stay in the order in which they are */
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct entry){page->report.lines[i], page->rate[i], page->sort};
    qsort(entries, count, sizeof *entries, compare);
    for (size_t i = 0; i < count; i++) {
        page->report.lines[i] = entries[i].line;
        page->rate[i] = entries[i].rate;
    }
    free(entries);
}

const char *page_sort_word(enum page_sort sort)
{
    static const char *const words[SORTS] = {"name", "address", "since", "idle", "rate", "hand"};

    return words[sort];
}

/* ---- looking */

uint64_t page_per_second(uint64_t now, uint64_t before, int64_t ns)
{
    if (ns <= 0)
        return PAGE_UNKNOWN;
    return now > before ? (uint64_t)((double)(now - before) * 1e9 / (double)ns) : 0;
}

static uint64_t bytes_of(const struct report_line *line)
{
    return line->of.client.bytes_in + line->of.client.bytes_out;
}

/* Measures the rates of clients that were there at the last look, too, and keeps what the next look
 * needs. */
static int measure(struct page *page, int64_t ns)
{
    const struct report *report = &page->report;

    free(page->rate);
    page->rate = calloc(report->count + 1, sizeof *page->rate);
    if (page->last == NULL)
        page->last = calloc(report->about.slots + 1, sizeof *page->last);
    if (page->rate == NULL || page->last == NULL) {
        page->report.count = 0;
        errno = ENOMEM;
        return -1;
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct report_line *line = &report->lines[i];
        struct page_last *last = &page->last[line->number];

        page->rate[i] = PAGE_UNKNOWN;
        if (line->damaged)
            continue;
        if (last->serial == line->of.client.serial)
            page->rate[i] = page_per_second(bytes_of(line), last->bytes, ns);
        *last = (struct page_last){line->of.client.serial, bytes_of(line)};
    }
    return 0;
}

int page_look(struct page *page, const struct table *table)
{
    struct report before = page->report;
    struct metrics metrics = {.room = before.room};
    int64_t now = clock_now();
    int failed;

    page->report =
        (struct report){.kind = REPORT_STATUS, .room = before.room, .filter = before.filter};
    if (survey_take(&page->report, table) != 0) {
        survey_free(&page->report);
        page->report = before;
        return -1;
    }
    survey_free(&before);
    failed = measure(page, now - page->when_ns);
    if (metrics_take(&metrics, table, TOP_PATIENCE_MS) == 0) {
        page->before = page->now;
        page->before_ns = page->now_ns;
        page->now = metrics;
        page->now_ns = now;
    }
    page->when_ns = now;
    page_order(page);
    return failed;
}

void page_forget(struct page *page)
{
    free(page->last);
    page->last = NULL;
    page->now = page->before = (struct metrics){.room = page->report.room};
    page->now_ns = page->before_ns = 0;
}

void page_free(struct page *page)
{
    survey_free(&page->report);
    free(page->rate);
    free(page->last);
    page->rate = NULL;
    page->last = NULL;
}
