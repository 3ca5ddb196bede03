#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/attendance_print.h"

#include <inttypes.h>
#include <string.h>

#include "server/wire/entry.h"
#include "server/wire/text.h"
#include "shm/ctl/format.h"
#include "shm/ctl/limits.h"

#define CELL 256 /* bytes of a cell; a longer one is cut */

enum column {
    NAME,
    STATUS,
    ARRIVALS,
    DEPARTURES,
    TOTAL,
    FIRST,
    LAST,
    FETCHED,
    VERIFIED,
    HANDED_IN,
    VIA, /* for people only where somebody came another way than all do with a terminal */
    ADDRESSES,
    COLUMNS,
};

static const struct {
    const char *heading, *key;
    bool is_number;
} columns[COLUMNS] = {
    [NAME] = {"NAME", "name", false},
    [STATUS] = {"STATUS", "status", false},
    [ARRIVALS] = {"CAME", "arrivals", true},
    [DEPARTURES] = {"LEFT", "departures", true},
    [TOTAL] = {"TOTAL", "seconds", true},
    [FIRST] = {"FIRST", "first", false},
    [LAST] = {"LAST", "last", false},
    [FETCHED] = {"FETCHED", "fetched", true},
    [VERIFIED] = {"VERIFIED", "verified", true},
    [HANDED_IN] = {"HANDED IN", "handed_in", true},
    [VIA] = {"VIA", "via", false},
    [ADDRESSES] = {"ADDRESSES", "addresses", false},
};

/* ---- values */

/* "absent"; or "here" or "left", and what else is to be said. */
static const char *status_word(const struct person *person, size_t i)
{
    const char *words[4];
    size_t count = 0;

    words[count++] = person->arrivals == 0 ? "absent" : person->here ? "here" : "left";
    if (person->unknown)
        words[count++] = "unknown";
    if (person->late)
        words[count++] = "late";
    if (person->gone_early)
        words[count++] = "gone early";
    return i < count ? words[i] : NULL;
}

static void put_status(char to[CELL], const struct person *person)
{
    const char *word;

    to[0] = '\0';
    for (size_t i = 0; (word = status_word(person, i)) != NULL; i++)
        (void)snprintf(to + strlen(to), CELL - strlen(to), "%s%s", i > 0 ? ", " : "", word);
}

static const char *address_of(const struct stay *stay)
{
    return stay->address;
}

static const char *via_of(const struct stay *stay)
{
    return stay->via;
}

/* The i-th of what a person's stays have, each once. NULL: there are no more. */
static const char *one_of(const struct person *person, const struct ledger *ledger, size_t i,
                          const char *(*of)(const struct stay *))
{
    for (size_t s = 0; s < person->stays; s++) {
        const char *text = of(&ledger->stay[person->stay[s]]);
        bool seen = false;

        for (size_t before = 0; before < s && !seen; before++)
            seen = strcmp(of(&ledger->stay[person->stay[before]]), text) == 0;
        if (!seen && i-- == 0)
            return text;
    }
    return NULL;
}

static void put_all(char to[CELL], const struct person *person, const struct ledger *ledger,
                    const char *(*of)(const struct stay *))
{
    const char *text;

    to[0] = '\0';
    for (size_t i = 0; (text = one_of(person, ledger, i, of)) != NULL; i++)
        (void)snprintf(to + strlen(to), CELL - strlen(to), "%s%s", i > 0 ? ", " : "", text);
}

static void put_cell(char to[CELL], const struct person *person, const struct ledger *ledger,
                     enum column column, bool exact)
{
    char value[FORMAT_SIZE] = "";

    if (column == NAME) {
        (void)text_show(to, CELL, person->name, strlen(person->name));
        return;
    }
    if (column == STATUS) {
        put_status(to, person);
        return;
    }
    if (column == ADDRESSES || column == VIA) {
        put_all(to, person, ledger, column == VIA ? via_of : address_of);
        return;
    }
    if (column == TOTAL)
        format_span(value, person->total * 1000000, exact);
    else if (column == ARRIVALS || column == DEPARTURES)
        format_bytes(value, column == ARRIVALS ? person->arrivals : person->departures, true);
    else if (column >= FETCHED)
        format_bytes(value, person->deeds[column - FETCHED], true);
    else if (person->arrivals > 0 && exact)
        entry_time(value, column == FIRST ? person->first : person->last);
    else if (person->arrivals > 0)
        format_time(value, (column == FIRST ? person->first : person->last) / 1000, false);
    (void)snprintf(to, CELL, "%s", value);
}

/* ---- for people */

static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* A column of no width is not shown. */
static void print_row(FILE *out, char cell[COLUMNS][CELL], const size_t width[COLUMNS])
{
    for (int c = 0; c < COLUMNS; c++) {
        const char *text = cell[c][0] != '\0' ? cell[c] : "-";
        int padding = (int)(width[c] - width_of(text));

        if (width[c] == 0)
            continue;
        if (c + 1 == COLUMNS)
            fprintf(out, "%s\n", text);
        else if (columns[c].is_number)
            fprintf(out, "%*s%s  ", padding, "", text);
        else
            fprintf(out, "%s%*s  ", text, padding, "");
    }
}

static void fill_row(char cell[COLUMNS][CELL], const struct attendance *attendance,
                     const struct ledger *ledger, size_t row)
{
    for (int c = 0; c < COLUMNS; c++)
        if (row == 0)
            (void)snprintf(cell[c], CELL, "%s", columns[c].heading);
        else
            put_cell(cell[c], &attendance->person[row - 1], ledger, (enum column)c, false);
}

static void print_heading(FILE *out, const struct attendance *attendance,
                          const struct ledger *ledger, const struct attendance_question *question)
{
    size_t present = 0, absent = 0, unknown = 0;
    char from[FORMAT_SIZE], to[FORMAT_SIZE], room[CELL];

    for (size_t i = 0; i < attendance->count; i++) {
        present += attendance->person[i].arrivals > 0;
        absent += attendance->person[i].arrivals == 0;
        unknown += attendance->person[i].unknown;
    }
    format_time(from, (question->from != INT64_MIN ? question->from : ledger->first) / 1000, false);
    format_time(to, (question->to != ATTENDANCE_EVER ? question->to : ledger->last) / 1000, false);
    (void)text_show(room, sizeof room, ledger->room, strlen(ledger->room));
    fprintf(out, "Room %s: %zu %s", room, present,
            question->from == question->to ? "here" : "came");
    if (question->roster != NULL)
        fprintf(out, ", %zu absent, %zu unknown", absent, unknown);
    if (question->from == question->to)
        fprintf(out, ", at %s\n", from);
    else
        fprintf(out, ", from %s to %s\n", from[0] ? from : "-", to[0] ? to : "-");
}

static bool has_other_ways(const struct attendance *attendance, const struct ledger *ledger)
{
    const char *way;

    for (size_t i = 0; i < attendance->count; i++)
        for (size_t w = 0; (way = one_of(&attendance->person[i], ledger, w, via_of)) != NULL; w++)
            if (via_by_word(way) != VIA_TCP)
                return true;
    return false;
}

void attendance_text(FILE *out, const struct attendance *attendance, const struct ledger *ledger,
                     const struct attendance_question *question)
{
    size_t width[COLUMNS] = {0};
    char cell[COLUMNS][CELL];

    print_heading(out, attendance, ledger, question);
    if (attendance->count == 0)
        return;
    for (size_t row = 0; row <= attendance->count; row++) {
        fill_row(cell, attendance, ledger, row);
        for (int c = 0; c < COLUMNS; c++)
            if (width_of(cell[c]) > width[c])
                width[c] = width_of(cell[c]);
    }
    if (!has_other_ways(attendance, ledger))
        width[VIA] = 0;
    fputc('\n', out);
    for (size_t row = 0; row <= attendance->count; row++) {
        fill_row(cell, attendance, ledger, row);
        print_row(out, cell, width);
    }
}

/* ---- for a spreadsheet: RFC 4180. A cell that a program could take for a formula is text. */

static void print_csv_cell(FILE *out, const char *text)
{
    fputc('"', out);
    if (text[0] != '\0' && strchr("=+-@", text[0]) != NULL)
        fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void attendance_csv(FILE *out, const struct attendance *attendance, const struct ledger *ledger)
{
    char cell[CELL];

    for (int c = 0; c < COLUMNS; c++)
        fprintf(out, "%s%s", columns[c].key, c + 1 < COLUMNS ? "," : "\r\n");
    for (size_t i = 0; i < attendance->count; i++)
        for (int c = 0; c < COLUMNS; c++) {
            put_cell(cell, &attendance->person[i], ledger, (enum column)c, true);
            if (columns[c].is_number)
                fputs(cell, out);
            else
                print_csv_cell(out, cell);
            fputs(c + 1 < COLUMNS ? "," : "\r\n", out);
        }
}

/* ---- for programs */

static void json_text(FILE *out, const char *before, const char *text)
{
    fputs(before, out);
    text_json(out, text, strlen(text));
}

static void json_time(FILE *out, const char *before, int64_t when, bool known)
{
    char text[ENTRY_TIME];

    fputs(before, out);
    entry_time(text, when);
    fprintf(out, known ? "\"%s\"" : "null", text);
}

static void json_seconds(FILE *out, int64_t ms)
{
    fprintf(out, ", \"seconds\": %" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
}

static void json_stays(FILE *out, const struct person *person, const struct ledger *ledger)
{
    fputs(",\n   \"stays\": [", out);
    for (size_t i = 0; i < person->stays; i++) {
        const struct stay *stay = &ledger->stay[person->stay[i]];

        json_text(out, i > 0 ? ",\n    {\"name\": " : "\n    {\"name\": ", stay->name);
        json_text(out, ", \"address\": ", stay->address);
        json_text(out, ", \"via\": ", stay->via);
        json_time(out, ", \"arrived\": ", stay->from, true);
        json_time(out, ", \"left\": ", stay->until, !stay->open);
        json_seconds(out, stay->boot_until - stay->boot_from);
        fputs(", \"why\": ", out);
        if (stay->why[0] != '\0')
            text_json(out, stay->why, strlen(stay->why));
        else
            fputs("null", out);
        fputc('}', out);
    }
    fputc(']', out);
}

static void json_deeds(FILE *out, const struct attendance *attendance, size_t person,
                       const struct ledger *ledger, const struct attendance_question *question,
                       enum deed_kind kind)
{
    const char *before = "\n    {\"file\": ";

    fprintf(out, ",\n   \"%s\": [", columns[FETCHED + (int)kind].key);
    for (size_t i = 0; i < ledger->deeds && attendance->person[person].stays > 0; i++) {
        const struct deed *deed = &ledger->deed[i];

        if (deed->kind != kind || attendance->of_stay[deed->stay] != person ||
            !attendance_counts(question, deed))
            continue;
        json_text(out, before, deed->file);
        json_time(out, ", \"when\": ", deed->when, true);
        fprintf(out, ", \"size\": %" PRIu64, deed->size);
        if (kind == DEED_FETCHED)
            fprintf(out, ", \"done\": %" PRIu64, deed->done);
        else
            json_text(out, ", \"sha256\": ", deed->sha256);
        if (kind == DEED_HANDED_IN)
            json_text(out, ", \"earlier\": ", deed->earlier);
        fputc('}', out);
        before = ",\n    {\"file\": ";
    }
    fputc(']', out);
}

static void json_person(FILE *out, const struct attendance *attendance, size_t i,
                        const struct ledger *ledger, const struct attendance_question *question)
{
    const struct person *person = &attendance->person[i];
    const char *word;

    json_text(out, "{\"name\": ", person->name);
    for (size_t s = 0; (word = status_word(person, s)) != NULL; s++)
        json_text(out, s > 0 ? ", " : ", \"status\": [", word);
    for (size_t a = 0; (word = one_of(person, ledger, a, address_of)) != NULL; a++)
        json_text(out, a > 0 ? ", " : "], \"addresses\": [", word);
    if (person->stays == 0)
        fputs("], \"addresses\": [", out);
    fprintf(out, "], \"arrivals\": %zu, \"departures\": %zu", person->arrivals, person->departures);
    json_seconds(out, person->total);
    json_time(out, ", \"first\": ", person->first, person->arrivals > 0);
    json_time(out, ", \"last\": ", person->last, person->arrivals > 0);
    json_stays(out, person, ledger);
    for (int kind = 0; kind < DEEDS; kind++)
        json_deeds(out, attendance, i, ledger, question, (enum deed_kind)kind);
    fputc('}', out);
}

void attendance_json(FILE *out, const struct attendance *attendance, const struct ledger *ledger,
                     const struct attendance_question *question)
{
    json_text(out, "{\"room\": ", ledger->room);
    fprintf(out, ", \"alive\": %s", ledger->alive ? "true" : "false");
    json_time(out, ", \"from\": ", question->from, question->from != INT64_MIN);
    json_time(out, ", \"to\": ", question->to, question->to != ATTENDANCE_EVER);
    fprintf(out, ", \"damaged\": %" PRIu64 ", \"lost\": %" PRIu64 ",\n \"people\": [",
            ledger->damaged, ledger->lost);
    for (size_t i = 0; i < attendance->count; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        json_person(out, attendance, i, ledger, question);
    }
    fputs("]}\n", out);
}
