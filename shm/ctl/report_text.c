#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/report_text.h"

#include <inttypes.h>
#include <string.h>

#include "server/wire/text.h"
#include "server/wire/width.h"
#include "shm/ctl/fields.h"
#include "shm/ctl/limits.h"

#define CELL_SIZE TEXT_SHOWN_SIZE(FORMAT_SIZE)

/* ---- a table: each column as wide as its widest cell */

struct row {
    char cell[FIELDS_MOST][CELL_SIZE];
};

static void cell_set(char to[CELL_SIZE], const char *raw)
{
    text_show(to, CELL_SIZE, raw, strlen(raw));
    for (; *to != '\0'; to++)
        if (*to == '\t')
            *to = ' ';
}

/* A damaged line shows only its number. */
static void row_fill(struct row *row, const struct field_list *list, const struct report_line *line)
{
    char raw[FORMAT_SIZE];

    for (size_t f = 0; f < list->count; f++) {
        if (!line->damaged)
            fields_format(raw, line, &list->fields[f], false);
        else if (f == 0)
            (void)snprintf(raw, sizeof raw, "(%s %zu)", list->noun, line->number);
        else
            (void)snprintf(raw, sizeof raw, "%s", f + 1 == list->count ? "damaged" : "");
        cell_set(row->cell[f], raw[0] != '\0' ? raw : "-");
    }
}

static size_t shown_width(const char *text)
{
    return width_text(text, strlen(text));
}

/* Numbers stand at the right of their column. The last column is not padded. One of no width is not
 * shown. */
static void print_row(FILE *out, const struct field_list *list, const struct row *row,
                      const size_t width[FIELDS_MOST])
{
    for (size_t f = 0; f < list->count; f++) {
        const char *cell = row->cell[f];
        int padding = (int)(width[f] - shown_width(cell));

        if (width[f] == 0)
            continue;
        if (f + 1 == list->count)
            fprintf(out, "%s\n", cell);
        else if (fields_is_number(&list->fields[f]))
            fprintf(out, "%*s%s  ", padding, "", cell);
        else
            fprintf(out, "%s%*s  ", cell, padding, "");
    }
}

static void widen(size_t width[FIELDS_MOST], const struct field_list *list, const struct row *row)
{
    for (size_t f = 0; f < list->count; f++)
        if (shown_width(row->cell[f]) > width[f])
            width[f] = shown_width(row->cell[f]);
}

static bool is_shown(const struct report *report, const struct field *field)
{
    bool any_other = field->kind != FIELD_VIA;

    for (size_t i = 0; i < report->count && !any_other; i++) {
        char raw[FORMAT_SIZE];

        fields_format(raw, &report->lines[i], field, false);
        any_other = !report->lines[i].damaged && via_by_word(raw) != VIA_TCP;
    }
    return field->heading != NULL && any_other;
}

static void print_table(const struct report *report, FILE *out)
{
    const struct field_list *list = fields_of(report->kind);
    size_t width[FIELDS_MOST] = {0};
    struct row headings = {{{0}}}, row;

    for (size_t f = 0; f < list->count; f++)
        cell_set(headings.cell[f], list->fields[f].heading ? list->fields[f].heading : "");
    widen(width, list, &headings);
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, list, &report->lines[i]);
        widen(width, list, &row);
    }
    for (size_t f = 0; f < list->count; f++)
        if (!is_shown(report, &list->fields[f]))
            width[f] = 0;
    fputc('\n', out);
    print_row(out, list, &headings, width);
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, list, &report->lines[i]);
        print_row(out, list, &row, width);
    }
}

/* ---- above the table */

static void print_counters(const struct report *report, FILE *out, const char *heading,
                           enum counter_group group, bool zeros)
{
    const char *before = heading;
    struct counter counter;

    for (size_t i = 0; fields_counter(report, group, i, &counter); i++) {
        if (counter.value == 0 && !zeros)
            continue;
        fprintf(out, "%s%s %" PRIu64, before, counter.words, counter.value);
        before = ", ";
    }
    if (before != heading)
        fputc('\n', out);
}

/* "hands: anna (for what), bob", in the order of the queue. */
static void print_hands(const struct report *report, FILE *out)
{
    const char *before = "hands: ";
    uint64_t last = 0;

    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].hand > last)
            last = report->lines[i].hand;
    for (uint64_t number = 1; number <= last; number++)
        for (size_t i = 0; i < report->count; i++) {
            const struct record *client = &report->lines[i].of.client;
            char name[CELL_SIZE], text[CELL_SIZE];

            if (report->lines[i].hand != number)
                continue;
            cell_set(name, client->name);
            cell_set(text, client->hand_text);
            fprintf(out, text[0] ? "%s%s (%s)" : "%s%s", before, name, text);
            before = ", ";
        }
    if (before[0] == ',')
        fputc('\n', out);
}

static void print_heading(const struct report *report, FILE *out)
{
    const struct field_list *list = fields_of(report->kind);
    char since[FORMAT_SIZE], pid[24] = "-";
    char waiting[32] = "";
    size_t missing = 0, count;

    format_time(since, report->about.started, false);
    if (report->about.pid > 0)
        (void)snprintf(pid, sizeof pid, "%ld", (long)report->about.pid);
    for (size_t i = 0; report->kind == REPORT_HANDOUTS && i < report->count; i++)
        missing += report->lines[i].has == REPORT_HAS_NONE;
    count = report->count - missing;
    if (report->about.waiting > 0)
        (void)snprintf(waiting, sizeof waiting, ", %" PRIu32 " waiting", report->about.waiting);
    if (report->kind == REPORT_STATUS)
        fprintf(out, "Room %s: %zu of %" PRIu32 " present%s%s", report->room, report->present,
                report->about.limit, waiting, report->about.draining ? ", draining" : "");
    else
        fprintf(out, "Room %s: %zu %s", report->room, count, count == 1 ? list->one : list->many);
    if (report->filter != NULL)
        fprintf(out, ", %zu shown", report->count - report->damaged);
    if (missing > 0)
        fprintf(out, ", %zu still missing", missing);
    fprintf(out, ", since %s (pid %s%s)\n", since[0] != '\0' ? since : "-", pid,
            report->alive ? "" : ", gone");
}

static void print_missing(const struct report *report, FILE *out)
{
    char words[TEXT_SHOWN_SIZE(TABLE_MISSING)];

    if (report->missing[0] == '\0')
        return;
    (void)text_show(words, sizeof words, report->missing, strlen(report->missing));
    fprintf(out, "Not confined: %s\n", words);
}

void report_text(const struct report *report, FILE *out)
{
    print_heading(report, out);
    if (report->kind == REPORT_STATUS) {
        print_missing(report, out);
        print_hands(report, out);
        print_counters(report, out, "", COUNTERS, true);
        print_counters(report, out, "refused: ", COUNTERS_REFUSED, false);
        print_counters(report, out, "left: ", COUNTERS_LEFT, false);
    }
    if (report->count > 0)
        print_table(report, out);
}
