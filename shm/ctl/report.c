#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/report.h"

#include <inttypes.h>
#include <string.h>

#include "server/wire/text.h"
#include "shm/ctl/format.h"

#define CELL_SIZE   TEXT_SHOWN_SIZE(FORMAT_SIZE)
#define FIELDS_MOST 15

/* ---- what is shown of a line: a table for each report, serving both forms */

enum kind {
    KIND_TEXT,
    KIND_WORDS, /* of a hand that is up, unknown when it is down */
    KIND_PEER,
    KIND_TIME,
    KIND_WHY,
    KIND_HAS,
    KIND_EARLIER,
    KIND_DIGEST,
    KIND_PORT,
    KIND_HAND, /* its number in the queue, from 1; 0: it is down */
    KIND_COUNT,
    KIND_BYTES,
    KIND_PART, /* bytes of what is being done, unknown when that is nothing */
    KIND_SPAN,
};
#define KIND_NUMBERS KIND_PORT /* from this one on */

struct field {
    const char *heading, *key; /* no heading: in JSON only */
    enum kind kind;
    size_t offset; /* in struct report_line */
};

#define CLIENT(mine)   offsetof(struct report_line, of.client.mine)
#define ENDED(mine)    offsetof(struct report_line, of.ended.mine)
#define TRANSFER(mine) offsetof(struct report_line, of.transfer.mine)

static const struct field client_fields[] = {
    {"NAME", "name", KIND_TEXT, CLIENT(name)},
    {"ADDRESS", "address", KIND_PEER, CLIENT(peer)},
    {NULL, "port", KIND_PORT, CLIENT(peer)},
    {"CONNECTED", "connected", KIND_TIME, CLIENT(connected)},
    {"IDLE", "idle_seconds", KIND_SPAN, offsetof(struct report_line, idle_ns)},
    {"REQUESTS", "requests", KIND_COUNT, CLIENT(requests)},
    {"MESSAGES", "messages", KIND_COUNT, CLIENT(messages)},
    {"IN", "bytes_in", KIND_BYTES, CLIENT(bytes_in)},
    {"OUT", "bytes_out", KIND_BYTES, CLIENT(bytes_out)},
    {"HAND", "hand", KIND_HAND, offsetof(struct report_line, hand)},
    {NULL, "hand_raised", KIND_TIME, CLIENT(hand)},
    {NULL, "hand_text", KIND_WORDS, CLIENT(hand_text)},
    {"DOING", "doing", KIND_TEXT, CLIENT(doing)},
    {"DONE", "doing_done", KIND_PART, CLIENT(done)},
    {"OF", "doing_total", KIND_PART, CLIENT(total)},
};

static const struct field ended_fields[] = {
    {"NAME", "name", KIND_TEXT, ENDED(name)},
    {"ADDRESS", "address", KIND_PEER, ENDED(peer)},
    {NULL, "port", KIND_PORT, ENDED(peer)},
    {"CONNECTED", "connected", KIND_TIME, ENDED(connected)},
    {"LEFT", "left", KIND_TIME, ENDED(left)},
    {"LASTED", "seconds", KIND_SPAN, ENDED(lasted_ns)},
    {"REQUESTS", "requests", KIND_COUNT, ENDED(requests)},
    {"MESSAGES", "messages", KIND_COUNT, ENDED(messages)},
    {"IN", "bytes_in", KIND_BYTES, ENDED(bytes_in)},
    {"OUT", "bytes_out", KIND_BYTES, ENDED(bytes_out)},
    {"WHY", "why", KIND_WHY, ENDED(why)},
};

static const struct field handout_fields[] = {
    {"CLIENT", "client", KIND_TEXT, TRANSFER(client)},
    {"ADDRESS", "address", KIND_PEER, TRANSFER(peer)},
    {NULL, "port", KIND_PORT, TRANSFER(peer)},
    {"FETCHED", "fetched", KIND_TIME, TRANSFER(when)},
    {"HAS", "has", KIND_HAS, offsetof(struct report_line, has)},
    {"BYTES", "bytes", KIND_COUNT, TRANSFER(done)},
    {"OF", "size", KIND_COUNT, TRANSFER(size)},
    {"FILE", "file", KIND_TEXT, TRANSFER(file)},
};

static const struct field handin_fields[] = {
    {"CLIENT", "client", KIND_TEXT, TRANSFER(client)},
    {"ADDRESS", "address", KIND_PEER, TRANSFER(peer)},
    {NULL, "port", KIND_PORT, TRANSFER(peer)},
    {"HANDED IN", "handed_in", KIND_TIME, TRANSFER(when)},
    {"EARLIER", "earlier", KIND_EARLIER, TRANSFER(earlier)},
    {"BYTES", "bytes", KIND_COUNT, TRANSFER(size)},
    {"SHA256", "sha256", KIND_DIGEST, TRANSFER(digest)},
    {"FILE", "file", KIND_TEXT, TRANSFER(file)},
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

_Static_assert(LENGTH(client_fields) <= FIELDS_MOST && LENGTH(ended_fields) <= FIELDS_MOST &&
                   LENGTH(handout_fields) <= FIELDS_MOST && LENGTH(handin_fields) <= FIELDS_MOST,
               "a row holds them all");

static const struct list {
    const char *key, *number; /* JSON's names for the list and for what tells its lines apart */
    const char *one, *many;   /* what they are called in the first line */
    const struct field *fields;
    size_t count;
} lists[] = {
    [REPORT_STATUS] = {"clients", "place", NULL, NULL, client_fields, LENGTH(client_fields)},
    [REPORT_HISTORY] = {"sessions", "entry", "ended session", "ended sessions", ended_fields,
                        LENGTH(ended_fields)},
    [REPORT_HANDOUTS] = {"handouts", "entry", "hand-out", "hand-outs", handout_fields,
                         LENGTH(handout_fields)},
    [REPORT_HANDINS] = {"handins", "entry", "file handed in", "files handed in", handin_fields,
                        LENGTH(handin_fields)},
};

/* A line of counters each; of the later ones text shows what is not 0. */
static const struct counter {
    const char *words, *key;
    size_t offset;
} counters[] =
    {
        {"accepted", "accepted", offsetof(struct counters, accepted)},
        {"reaped", "reaped", offsetof(struct counters, reaped)},
        {"recovered", "recovered", offsetof(struct counters, recovered)},
        {"lock waits", "lock_waits", offsetof(struct counters, lock_waits)},
        {"slowed", "slowed", offsetof(struct counters, slowed)},
},
  refused[] =
      {
          {"server full", "full", offsetof(struct counters, refused[REFUSED_FULL])},
          {"not allowed", "network", offsetof(struct counters, refused[REFUSED_NETWORK])},
          {"too many from one address", "address",
           offsetof(struct counters, refused[REFUSED_ADDRESS])},
          {"too fast from one address", "address_rate",
           offsetof(struct counters, refused[REFUSED_ADDRESS_RATE])},
          {"too fast", "rate", offsetof(struct counters, refused[REFUSED_RATE])},
          {"wrong key", "key", offsetof(struct counters, refused[REFUSED_KEY])},
          {"no descriptor", "descriptors", offsetof(struct counters, refused[REFUSED_DESCRIPTORS])},
          {"no process", "processes", offsetof(struct counters, refused[REFUSED_PROCESSES])},
},
  left[] = {
      {"exit", "exit", offsetof(struct counters, left[LEFT_EXIT])},
      {"closed", "closed", offsetof(struct counters, left[LEFT_CLOSED])},
      {"lost", "lost", offsetof(struct counters, left[LEFT_LOST])},
      {"read nothing", "stalled", offsetof(struct counters, left[LEFT_READS_NOTHING])},
      {"sent nothing", "unsent", offsetof(struct counters, left[LEFT_SENDS_NOTHING])},
      {"file changed", "changed", offsetof(struct counters, left[LEFT_CHANGED])},
      {"shutdown", "shutdown", offsetof(struct counters, left[LEFT_SHUTDOWN])},
      {"handler died", "killed", offsetof(struct counters, left[LEFT_KILLED])},
      {"idle", "idle", offsetof(struct counters, left[LEFT_IDLE])},
      {"line not ended", "unended", offsetof(struct counters, left[LEFT_LINE_TIMEOUT])},
      {"sent away", "kicked", offsetof(struct counters, left[LEFT_KICKED])},
};
_Static_assert(LENGTH(refused) == REFUSED_REASONS && LENGTH(left) == LEFT_REASONS,
               "each reason is shown");

static uint64_t counter_value(const struct report *report, const struct counter *counter)
{
    const void *value = (const char *)&report->counters + counter->offset;

    return *(const uint64_t *)value;
}

/* ---- single values, "" where it is unknown: `exact` for programs, else for people */

static const char *const has_words[HAS_KINDS] = {
    [HAS_NONE] = "not yet",
    [HAS_PART] = "part",
    [HAS_WHOLE] = "whole",
    [HAS_VERIFIED] = "verified",
};
static const char *const earlier_words[EARLIERS] = {
    [EARLIER_NONE] = "",
    [EARLIER_SAME] = "same",
    [EARLIER_KEPT] = "kept",
};

static void format_value(char to[FORMAT_SIZE], const struct report_line *line,
                         const struct field *field, bool exact)
{
    const void *value = (const char *)line + field->offset;

    switch (field->kind) {
    case KIND_TEXT:
        (void)snprintf(to, FORMAT_SIZE, "%s", (const char *)value);
        break;
    case KIND_PEER:
        format_peer(to, value, exact);
        break;
    case KIND_TIME:
        format_time(to, *(const int64_t *)value, exact);
        break;
    case KIND_WHY:
        format_why(to, *(const uint32_t *)value);
        break;
    case KIND_HAS:
        format_choice(to, *(const uint32_t *)value, has_words, HAS_KINDS);
        break;
    case KIND_EARLIER:
        format_choice(to, *(const uint32_t *)value, earlier_words, EARLIERS);
        break;
    case KIND_DIGEST:
        format_digest(to, value);
        break;
    case KIND_PORT:
        format_port(to, value);
        break;
    case KIND_PART:
        to[0] = '\0';
        if (line->of.client.doing[0] != '\0')
            format_bytes(to, *(const uint64_t *)value, exact);
        break;
    case KIND_HAND:
        to[0] = '\0';
        if (line->hand > 0)
            format_bytes(to, line->hand, true);
        break;
    case KIND_WORDS:
        (void)snprintf(to, FORMAT_SIZE, "%s",
                       line->of.client.hand_ns != 0 ? (const char *)value : "");
        break;
    case KIND_COUNT:
        format_bytes(to, *(const uint64_t *)value, true);
        break;
    case KIND_BYTES:
        format_bytes(to, *(const uint64_t *)value, exact);
        break;
    case KIND_SPAN:
        format_span(to, *(const int64_t *)value, exact);
        break;
    }
}

/* ---- text */

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

/* A damaged line shows which one it is, and nothing of what is in it. */
static void row_fill(struct row *row, const struct list *list, const struct report_line *line)
{
    char raw[FORMAT_SIZE];

    for (size_t f = 0; f < list->count; f++) {
        if (!line->damaged)
            format_value(raw, line, &list->fields[f], false);
        else if (f == 0)
            (void)snprintf(raw, sizeof raw, "(%s %zu)", list->number, line->number);
        else
            (void)snprintf(raw, sizeof raw, "%s", f + 1 == list->count ? "damaged" : "");
        cell_set(row->cell[f], raw[0] != '\0' ? raw : "-");
    }
}

/* As a terminal counts columns, near enough: one for each character. */
static size_t shown_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            width++;
    return width;
}

/* Numbers stand at the right of their column; nothing follows the last one. */
static void print_row(FILE *out, const struct list *list, const struct row *row,
                      const size_t width[FIELDS_MOST])
{
    for (size_t f = 0; f < list->count; f++) {
        const char *cell = row->cell[f];
        int padding = (int)(width[f] - shown_width(cell));

        if (list->fields[f].heading == NULL)
            continue;
        if (f + 1 == list->count)
            fprintf(out, "%s\n", cell);
        else if (list->fields[f].kind >= KIND_NUMBERS)
            fprintf(out, "%*s%s  ", padding, "", cell);
        else
            fprintf(out, "%s%*s  ", cell, padding, "");
    }
}

static void widen(size_t width[FIELDS_MOST], const struct list *list, const struct row *row)
{
    for (size_t f = 0; f < list->count; f++)
        if (shown_width(row->cell[f]) > width[f])
            width[f] = shown_width(row->cell[f]);
}

static void print_table(const struct report *report, FILE *out)
{
    const struct list *list = &lists[report->kind];
    size_t width[FIELDS_MOST] = {0};
    struct row headings = {{{0}}}, row;

    for (size_t f = 0; f < list->count; f++)
        cell_set(headings.cell[f], list->fields[f].heading ? list->fields[f].heading : "");
    widen(width, list, &headings);
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, list, &report->lines[i]);
        widen(width, list, &row);
    }
    fputc('\n', out);
    print_row(out, list, &headings, width);
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, list, &report->lines[i]);
        print_row(out, list, &row, width);
    }
}

static void print_counters(const struct report *report, FILE *out, const char *heading,
                           const struct counter *list, size_t count, bool zeros)
{
    const char *before = heading;

    for (size_t i = 0; i < count; i++) {
        uint64_t value = counter_value(report, &list[i]);

        if (value == 0 && !zeros)
            continue;
        fprintf(out, "%s%s %" PRIu64, before, list[i].words, value);
        before = ", ";
    }
    if (before != heading)
        fputc('\n', out);
}

/* "hands: anna (for what), bob", in their order. */
static void print_hands(const struct report *report, FILE *out)
{
    const char *before = "hands: ";

    for (uint64_t number = 1; number <= report->count; number++)
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

void report_text(const struct report *report, FILE *out)
{
    char since[FORMAT_SIZE], pid[24] = "-";
    size_t missing = 0;

    format_time(since, report->about.started, false);
    if (report->about.pid > 0)
        (void)snprintf(pid, sizeof pid, "%ld", (long)report->about.pid);
    for (size_t i = 0; report->kind == REPORT_HANDOUTS && i < report->count; i++)
        missing += report->lines[i].has == HAS_NONE;
    if (report->kind == REPORT_STATUS)
        fprintf(out, "Room %s: %zu of %" PRIu32 " present", report->room,
                report->count - report->damaged, report->about.slots);
    else
        fprintf(out, "Room %s: %zu %s", report->room, report->count - missing,
                report->count - missing == 1 ? lists[report->kind].one : lists[report->kind].many);
    if (missing > 0)
        fprintf(out, ", %zu still missing", missing);
    fprintf(out, ", since %s (pid %s%s)\n", since[0] != '\0' ? since : "-", pid,
            report->alive ? "" : ", gone");
    if (report->kind == REPORT_STATUS)
        print_hands(report, out);
    if (report->kind == REPORT_STATUS) {
        print_counters(report, out, "", counters, LENGTH(counters), true);
        print_counters(report, out, "refused: ", refused, LENGTH(refused), false);
        print_counters(report, out, "left: ", left, LENGTH(left), false);
    }
    if (report->count > 0)
        print_table(report, out);
}

/* ---- JSON */

static void json_line(FILE *out, const struct list *list, const struct report_line *line)
{
    fprintf(out, "{\"%s\": %zu", list->number, line->number);
    if (line->damaged)
        fputs(", \"damaged\": true", out);
    for (size_t f = 0; f < list->count && !line->damaged; f++) {
        char raw[FORMAT_SIZE];

        format_value(raw, line, &list->fields[f], true);
        fprintf(out, ", \"%s\": ", list->fields[f].key);
        if (raw[0] == '\0')
            fputs("null", out);
        else if (list->fields[f].kind >= KIND_NUMBERS)
            fputs(raw, out);
        else
            text_json(out, raw, strlen(raw));
    }
    fputc('}', out);
}

static void json_counters(const struct report *report, FILE *out, const char *key,
                          const struct counter *list, size_t count)
{
    fprintf(out, ",\n \"%s\": {", key);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "\"%s\": %" PRIu64 "%s", list[i].key, counter_value(report, &list[i]),
                i + 1 < count ? ", " : "}");
}

void report_json(const struct report *report, FILE *out)
{
    const struct list *list = &lists[report->kind];
    char since[FORMAT_SIZE], pid[24] = "null";

    format_time(since, report->about.started, true);
    if (report->about.pid > 0)
        (void)snprintf(pid, sizeof pid, "%ld", (long)report->about.pid);
    fprintf(out, "{\"room\": \"%s\", \"alive\": %s, \"pid\": %s, \"started\": ", report->room,
            report->alive ? "true" : "false", pid);
    if (since[0] != '\0')
        text_json(out, since, strlen(since));
    else
        fputs("null", out);
    fprintf(out, ", \"places\": %" PRIu32, report->about.slots);
    if (report->kind == REPORT_STATUS) {
        fprintf(out, ", \"present\": %zu", report->count - report->damaged);
        json_counters(report, out, "counters", counters, LENGTH(counters));
        json_counters(report, out, "refused", refused, LENGTH(refused));
        json_counters(report, out, "left", left, LENGTH(left));
    }
    fprintf(out, ",\n \"%s\": [", list->key);
    for (size_t i = 0; i < report->count; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        json_line(out, list, &report->lines[i]);
    }
    fputs("]}\n", out);
}
