#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/page_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "server/wire/width.h"
#include "shm/ctl/fields.h"
#include "shm/ctl/limits.h"

/* Adds text from the table, sanitized, cut to `columns`, and padded to them unless they are the
 * rest of the line. */
static void add(char to[PAGE_LINE], const char *text, size_t columns, bool pad)
{
    char shown[TEXT_SHOWN_SIZE(PAGE_LINE)];
    size_t used = strlen(to), length = text_show(shown, sizeof shown, text, strlen(text)), fit;

    for (char *c = shown; *c != '\0'; c++)
        if (*c == '\t')
            *c = ' ';
    fit = width_fit(shown, length, columns);
    (void)snprintf(to + used, PAGE_LINE - used, "%.*s%*s", (int)fit, shown,
                   pad ? (int)(columns - width_text(shown, fit)) : 0, "");
}

/* Adds at the right of so many columns. */
static void add_right(char to[PAGE_LINE], const char *text, size_t columns)
{
    size_t used = strlen(to);

    (void)snprintf(to + used, PAGE_LINE - used, "%*s", (int)columns, text);
}

static void format_rate(char to[FORMAT_SIZE], uint64_t rate)
{
    char bytes[FORMAT_SIZE];

    format_bytes(bytes, rate, false);
    (void)snprintf(to, FORMAT_SIZE, "%.16s%s", rate != PAGE_UNKNOWN ? bytes : "-",
                   rate != PAGE_UNKNOWN ? "/s" : "");
}

static void head_room(char *text, size_t size, const struct page *page)
{
    const struct report *report = &page->report;
    char up[FORMAT_SIZE], shown[48] = "", drains[16] = "", waiting[32] = "", state[FORMAT_SIZE + 8];

    if (report->about.draining)
        (void)snprintf(drains, sizeof drains, ", draining");
    if (report->about.waiting > 0)
        (void)snprintf(waiting, sizeof waiting, ", %" PRIu32 " waiting", report->about.waiting);
    format_span(up, ((int64_t)time(NULL) - report->about.started) * CLOCK_S, false);
    (void)snprintf(state, sizeof state, report->alive ? "up %s" : "the daemon is gone", up);
    if (report->filter != NULL)
        (void)snprintf(shown, sizeof shown, ", %zu shown", report->count - report->damaged);
    (void)snprintf(text, size, "Room %s: %zu of %" PRIu32 " present%s%s%s, %s", report->room,
                   report->present, report->about.limit, waiting, drains, shown, state);
}

static void head_load(char *text, size_t size, const struct page *page)
{
    const struct metrics *now = &page->now, *before = &page->before;
    int64_t ns = page->before_ns > 0 ? page->now_ns - page->before_ns : 0;
    char in[FORMAT_SIZE], out[FORMAT_SIZE], came[24] = "-", said[24] = "-";

    format_rate(in, page_per_second(now->totals.bytes_in, before->totals.bytes_in, ns));
    format_rate(out, page_per_second(now->totals.bytes_out, before->totals.bytes_out, ns));
    if (ns > 0) {
        (void)snprintf(came, sizeof came, "%" PRIu64 "/s",
                       page_per_second(now->counters.accepted, before->counters.accepted, ns));
        (void)snprintf(said, sizeof said, "%" PRIu64 "/s",
                       page_per_second(now->totals.messages, before->totals.messages, ns));
    }
    (void)snprintf(text, size,
                   "in %s, out %s, came %s, said %s, transfers %" PRIu64 ", lock waits %" PRIu64,
                   in, out, came, said, now->transfers, now->counters.lock_waits);
}

static void head_refused(char *text, size_t size, const struct page *page)
{
    const char *between = "refused: ";
    struct counter counter;
    size_t used = 0;

    (void)snprintf(text, size, "refused: nobody");
    for (size_t i = 0; fields_counter(&page->report, COUNTERS_REFUSED, i, &counter); i++) {
        if (counter.value == 0 || used >= size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s %" PRIu64, between, counter.words,
                                 counter.value);
        between = ", ";
    }
}

static void head_hands(char *text, size_t size, const struct page *page)
{
    const struct report *report = &page->report;
    const char *between = "hands: ";
    uint64_t last = 0;
    size_t used = 0;

    (void)snprintf(text, size, "hands: none");
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].hand > last)
            last = report->lines[i].hand;
    for (uint64_t number = 1; number <= last && used < size; number++)
        for (size_t i = 0; i < report->count && used < size; i++) {
            const struct record *client = &report->lines[i].of.client;

            if (report->lines[i].damaged || report->lines[i].hand != number)
                continue;
            used += (size_t)snprintf(text + used, size - used,
                                     client->hand_text[0] != '\0' ? "%s%s (%s)" : "%s%s", between,
                                     client->name, client->hand_text);
            between = ", ";
        }
}

/* ---- columns: the narrower the window, the fewer */

#define NAME_LEAST    6
#define ADDRESS_LEAST 15 /* 192.168.100.100 */

struct page_layout page_layout(const struct page *page, size_t columns)
{
    size_t most = columns >= 100 ? 31 : columns >= 60 ? 16 : 12, used;
    struct page_layout layout = {.columns = columns, .name = NAME_LEAST, .idle = 6};

    for (size_t i = 0; i < page->report.count; i++) {
        const struct report_line *line = &page->report.lines[i];
        char text[PEER_TEXT] = "";
        size_t width =
            line->damaged ? 0 : width_text(line->of.client.name, strlen(line->of.client.name));

        if (width > layout.name)
            layout.name = width;
        if (columns < 76 || line->damaged)
            continue;
        width = strlen(via_word(line->of.client.via));
        if (line->of.client.via != VIA_TCP && width > layout.via)
            layout.via = width;
        peer_text(&line->of.client.peer, text);
        if (strlen(text) > layout.address)
            layout.address = strlen(text);
    }
    if (layout.name > most)
        layout.name = most;
    if (columns >= 76 && layout.address < ADDRESS_LEAST)
        layout.address = ADDRESS_LEAST;
    if (columns < 110 && layout.address > ADDRESS_LEAST)
        layout.address = ADDRESS_LEAST;
    layout.since = columns >= 50 ? 5 : 0;
    layout.rate = columns >= 58 ? 7 : 0;
    used = layout.name + 1 + (layout.address > 0 ? layout.address + 1 : 0) +
           (layout.via > 0 ? layout.via + 1 : 0) + (layout.since > 0 ? layout.since + 1 : 0) +
           layout.idle + 1 + (layout.rate > 0 ? layout.rate + 1 : 0);
    layout.doing = columns > used ? columns - used : 0;
    return layout;
}

static void add_cells(char to[PAGE_LINE], const struct page_layout *layout, const char *name,
                      const char *address, const char *via, const char *since, const char *idle,
                      const char *rate)
{
    add(to, name, layout->name, true);
    if (layout->address > 0) {
        add(to, " ", 1, true);
        add(to, address, layout->address, true);
    }
    if (layout->via > 0) {
        add(to, " ", 1, true);
        add(to, via, layout->via, true);
    }
    if (layout->since > 0)
        add_right(to, since, layout->since + 1);
    add_right(to, idle, layout->idle + 1);
    if (layout->rate > 0)
        add_right(to, rate, layout->rate + 1);
    add(to, " ", 1, true);
}

void page_head(char to[PAGE_LINE], const struct page *page, const struct page_layout *layout,
               size_t line)
{
    char text[PAGE_LINE] = "";

    to[0] = '\0';
    if (line == 0)
        head_room(text, sizeof text, page);
    else if (line == 1)
        head_load(text, sizeof text, page);
    else if (line == 2)
        head_refused(text, sizeof text, page);
    else if (line == 3)
        head_hands(text, sizeof text, page);
    if (line < PAGE_HEAD - 1) {
        add(to, text, layout->columns, false);
        return;
    }
    add_cells(to, layout, "NAME", "ADDRESS", "VIA", "SINCE", "IDLE", "RATE");
    add(to, "DOING", layout->doing, false);
}

static void trim(char to[PAGE_LINE])
{
    size_t length = strlen(to);

    while (length > 0 && to[length - 1] == ' ')
        to[--length] = '\0';
}

/* What a client does: "sending lab.iso [####    ]  50 %", or why its hand is up. */
static void add_doing(char to[PAGE_LINE], const struct report_line *line, size_t columns)
{
    const struct record *client = &line->of.client;
    char text[DOING_SIZE + HAND_SIZE + 32];
    size_t bar = columns >= 40 ? 16 : columns >= 30 ? 10 : 6, tail = 1 + 2 + bar + 6, full;
    unsigned percent;

    if (client->doing[0] == '\0') {
        (void)snprintf(text, sizeof text, "hand %" PRIu64 "%s%s", line->hand,
                       client->hand_text[0] != '\0' ? ": " : "", client->hand_text);
        add(to, line->hand > 0 ? text : "", columns, false);
        return;
    }
    if (client->total == 0 || columns < tail + 4) {
        add(to, client->doing, columns, false);
        return;
    }
    percent = client->done >= client->total
                  ? 100
                  : (unsigned)((double)client->done * 100 / (double)client->total);
    full = bar * percent / 100;
    add(to, client->doing, columns - tail, true);
    (void)snprintf(text, sizeof text, " [%.*s%*s] %3u %%", (int)full, "################",
                   (int)(bar - full), "", percent);
    add(to, text, tail, false);
}

void page_row(char to[PAGE_LINE], const struct page *page, const struct page_layout *layout,
              size_t number)
{
    const struct report_line *line = &page->report.lines[number];
    const struct record *client = &line->of.client;
    char address[PEER_TEXT], since[FORMAT_SIZE], idle[FORMAT_SIZE], rate[FORMAT_SIZE];
    char damaged[64];

    to[0] = '\0';
    if (line->damaged) {
        (void)snprintf(damaged, sizeof damaged, "(place %zu) damaged", line->number);
        add(to, damaged, layout->columns, false);
        return;
    }
    peer_text(&client->peer, address);
    format_time(since, client->connected, false);
    format_span(idle, line->idle_ns, false);
    format_rate(rate, page->rate[number]);
    add_cells(to, layout, client->name, address, via_word(client->via),
              strlen(since) == CLOCK_LOCAL_SIZE - 1 ? (since[16] = '\0', since + 11) : "-",
              idle[0] != '\0' ? idle : "-", rate);
    add_doing(to, line, layout->doing);
    trim(to);
}
