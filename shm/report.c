#define _POSIX_C_SOURCE 200809L

#include "shm/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/text.h"

#define NS           INT64_C(1000000000)
#define TIME_MOST    INT64_C(253402300799) /* the last second of the year 9999 */
#define ADDRESS_SIZE 64                    /* an IPv6 address, '%' and its interface */
#define CELL_SIZE    TEXT_SHOWN_SIZE(REGISTRY_DOING)
#define FIELDS_MOST  10

/* ---- what is shown of a record: one table each, for both forms */

enum kind {
    KIND_TEXT,
    KIND_PEER,
    KIND_TIME,
    KIND_IDLE,
    KIND_LASTED,
    KIND_COUNT,
    KIND_BYTES,
    KIND_WHY
};

struct field {
    const char *heading, *key;
    enum kind kind;
    size_t offset; /* in the record */
};

#define CLIENT(member) offsetof(struct registry_record, member)
#define ENDED(member)  offsetof(struct registry_ended, member)

static const struct field client_fields[] = {
    {"NAME", "name", KIND_TEXT, CLIENT(name)},
    {"ADDRESS", "address", KIND_PEER, CLIENT(peer)},
    {"CONNECTED", "connected", KIND_TIME, CLIENT(connected)},
    {"IDLE", "idle_seconds", KIND_IDLE, CLIENT(active_ns)},
    {"REQUESTS", "requests", KIND_COUNT, CLIENT(requests)},
    {"MESSAGES", "messages", KIND_COUNT, CLIENT(messages)},
    {"IN", "bytes_in", KIND_BYTES, CLIENT(bytes_in)},
    {"OUT", "bytes_out", KIND_BYTES, CLIENT(bytes_out)},
    {"DOING", "doing", KIND_TEXT, CLIENT(doing)},
};

static const struct field ended_fields[] = {
    {"NAME", "name", KIND_TEXT, ENDED(name)},
    {"ADDRESS", "address", KIND_PEER, ENDED(peer)},
    {"CONNECTED", "connected", KIND_TIME, ENDED(connected)},
    {"LEFT", "left", KIND_TIME, ENDED(left)},
    {"LASTED", "seconds", KIND_LASTED, ENDED(lasted_ns)},
    {"REQUESTS", "requests", KIND_COUNT, ENDED(requests)},
    {"MESSAGES", "messages", KIND_COUNT, ENDED(messages)},
    {"IN", "bytes_in", KIND_BYTES, ENDED(bytes_in)},
    {"OUT", "bytes_out", KIND_BYTES, ENDED(bytes_out)},
    {"WHY", "why", KIND_WHY, ENDED(why)},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

_Static_assert(COUNT(client_fields) <= FIELDS_MOST && COUNT(ended_fields) <= FIELDS_MOST,
               "a row holds them all");

static const struct list {
    const char *key, *number; /* JSON's names for the list and for what tells its records apart */
    const struct field *fields;
    size_t count;
} lists[] = {
    [REPORT_STATUS] = {"clients", "place", client_fields, COUNT(client_fields)},
    [REPORT_HISTORY] = {"sessions", "entry", ended_fields, COUNT(ended_fields)},
};

static const struct counter {
    const char *words, *key;
    size_t offset;
} counters[] = {
    {"accepted", "accepted", offsetof(struct registry_counters, accepted)},
    {"refused", "refused_full", offsetof(struct registry_counters, refused_full)},
    {"failed", "failed", offsetof(struct registry_counters, failed)},
    {"reaped", "reaped", offsetof(struct registry_counters, reaped)},
    {"recovered", "recovered", offsetof(struct registry_counters, recovered)},
    {"lock waits", "lock_waits", offsetof(struct registry_counters, lock_waits)},
};

struct item {
    const void *record;
    size_t number;
    bool damaged;
};

/* The ring holds sessions only, so what has no number or no name was never written as one. */
static bool ended_damaged(const struct registry_ended *ended)
{
    return ended->serial == 0 || ended->name[0] == '\0';
}

static struct item item_at(const struct report *report, size_t i)
{
    if (report->kind == REPORT_STATUS)
        return (struct item){&report->clients[i].record, report->clients[i].place,
                             report->clients[i].damaged};
    return (struct item){&report->ended[i], i + 1, ended_damaged(&report->ended[i])};
}

static const void *value_at(const void *record, size_t offset)
{
    return (const char *)record + offset;
}

/* ---- taking it */

/* Every place is looked at, not only those below the table's `top`: that one is the parent's to
 * move, and nothing that a place holds is to be hidden because it did not. */
static int take_clients(struct report *report, const struct registry *registry)
{
    size_t capacity = 0;

    for (uint32_t place = 0; place < report->about.places; place++) {
        struct registry_record record;
        enum registry_read state = registry_read(registry, place, &record);

        if (state == READ_FREE)
            continue;
        if (report->count == capacity) {
            struct report_client *more;

            capacity = capacity > 0 ? 2 * capacity : 16;
            more = realloc(report->clients, capacity * sizeof *more);
            if (more == NULL)
                return -1;
            report->clients = more;
        }
        report->damaged += state == READ_TORN;
        report->clients[report->count++] = (struct report_client){
            .place = place + 1U, .damaged = state == READ_TORN, .record = record};
    }
    return 0;
}

static int take_ended(struct report *report, const struct registry *registry)
{
    if (registry_history(registry, &report->ended, &report->count) != 0)
        return -1;
    for (size_t i = 0; i < report->count; i++)
        report->damaged += ended_damaged(&report->ended[i]);
    return 0;
}

int report_take(struct report *report, enum report_kind kind, const struct registry *registry,
                const char *room)
{
    int failed;

    *report = (struct report){.kind = kind, .room = room, .about = registry_about(registry)};
    failed = kind == REPORT_STATUS ? take_clients(report, registry) : take_ended(report, registry);
    report->counters = registry_counters(registry);
    /* both last: a daemon that lives now lived while all this was read, and no activity is later */
    report->now_ns = registry_now();
    report->alive = registry_alive(registry);
    return failed;
}

void report_free(struct report *report)
{
    free(report->clients);
    free(report->ended);
}

/* ---- judging single values */

static bool time_known(int64_t when)
{
    return when > 0 && when <= TIME_MOST;
}

static bool address_known(const struct registry_peer *peer)
{
    return peer->family == 4 || peer->family == 6;
}

/* Nanoseconds since the client last did something; -1 where that means nothing: the clock of a
 * daemon that is gone may have been another boot's. */
static int64_t idle_ns(const struct report *report, int64_t active_ns)
{
    if (!report->alive || active_ns <= 0 || active_ns > report->now_ns)
        return -1;
    return report->now_ns - active_ns;
}

/* ---- text */

struct row {
    char cell[FIELDS_MOST][CELL_SIZE];
};

static void cell_text(char to[CELL_SIZE], const char *text)
{
    if (text[0] == '\0')
        text = "-";
    text_show(to, CELL_SIZE, text, strlen(text));
    for (; *to != '\0'; to++)
        if (*to == '\t')
            *to = ' ';
}

static void cell_peer(char to[CELL_SIZE], const struct registry_peer *peer)
{
    char address[ADDRESS_SIZE];

    registry_peer_text(peer, address, sizeof address);
    if (!address_known(peer))
        cell_text(to, "");
    else if (peer->family == 6)
        (void)snprintf(to, CELL_SIZE, "[%s]:%u", address, (unsigned)peer->port);
    else
        (void)snprintf(to, CELL_SIZE, "%s:%u", address, (unsigned)peer->port);
}

static void cell_time(char to[CELL_SIZE], int64_t when)
{
    if (time_known(when))
        text_local_time(to, (time_t)when);
    else
        cell_text(to, "");
}

/* "3s", "2m05s", "1h02m", "4d03h". */
static void cell_duration(char to[CELL_SIZE], int64_t ns)
{
    int64_t s = ns / NS;

    if (ns < 0)
        cell_text(to, "");
    else if (s < 60)
        (void)snprintf(to, CELL_SIZE, "%" PRId64 "s", s);
    else if (s < 3600)
        (void)snprintf(to, CELL_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(to, CELL_SIZE, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
    else
        (void)snprintf(to, CELL_SIZE, "%" PRId64 "d%02" PRId64 "h", s / 86400, s / 3600 % 24);
}

/* "812", "1.4K", "23M": units of 1024, what is over is cut off. */
static void cell_bytes(char to[CELL_SIZE], uint64_t bytes)
{
    static const char units[] = "KMGTPE";
    unsigned over = 0, unit = 0;

    for (; bytes >= 1024; bytes /= 1024, unit++)
        over = (unsigned)(bytes % 1024);
    if (unit == 0)
        (void)snprintf(to, CELL_SIZE, "%u", (unsigned)bytes);
    else if (bytes < 10)
        (void)snprintf(to, CELL_SIZE, "%u.%u%c", (unsigned)bytes, over * 10 / 1024,
                       units[unit - 1]);
    else
        (void)snprintf(to, CELL_SIZE, "%u%c", (unsigned)bytes, units[unit - 1]);
}

static void cell_value(char to[CELL_SIZE], const struct report *report, const struct field *field,
                       const void *record)
{
    const void *value = value_at(record, field->offset);

    switch (field->kind) {
    case KIND_TEXT:
        cell_text(to, value);
        break;
    case KIND_PEER:
        cell_peer(to, value);
        break;
    case KIND_TIME:
        cell_time(to, *(const int64_t *)value);
        break;
    case KIND_IDLE:
        cell_duration(to, idle_ns(report, *(const int64_t *)value));
        break;
    case KIND_LASTED:
        cell_duration(to, *(const int64_t *)value);
        break;
    case KIND_COUNT:
        (void)snprintf(to, CELL_SIZE, "%" PRIu64, *(const uint64_t *)value);
        break;
    case KIND_BYTES:
        cell_bytes(to, *(const uint64_t *)value);
        break;
    case KIND_WHY:
        cell_text(to, registry_why_text((enum registry_why) * (const uint32_t *)value));
        break;
    }
}

/* Line `i` of the table. A damaged record shows which one it is, and nothing of what is in it. */
static void row_fill(struct row *row, const struct report *report, size_t i)
{
    const struct list *list = &lists[report->kind];
    struct item item = item_at(report, i);

    for (size_t f = 0; f < list->count; f++)
        if (item.damaged)
            cell_text(row->cell[f], f + 1 == list->count ? "damaged" : "");
        else
            cell_value(row->cell[f], report, &list->fields[f], item.record);
    if (item.damaged)
        (void)snprintf(row->cell[0], CELL_SIZE, "(%s %zu)", list->number, item.number);
}

/* As a terminal counts columns, near enough: one for each character. */
static size_t shown_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Numbers stand at the right of their column; nothing follows the last one. */
static void print_row(FILE *out, const struct list *list, const struct row *row,
                      const size_t width[FIELDS_MOST])
{
    for (size_t f = 0; f < list->count; f++) {
        enum kind kind = list->fields[f].kind;
        bool right =
            kind == KIND_IDLE || kind == KIND_LASTED || kind == KIND_COUNT || kind == KIND_BYTES;
        int padding = (int)(width[f] - shown_width(row->cell[f]));

        if (f + 1 == list->count)
            fprintf(out, "%s\n", row->cell[f]);
        else if (right)
            fprintf(out, "%*s%s  ", padding, "", row->cell[f]);
        else
            fprintf(out, "%s%*s  ", row->cell[f], padding, "");
    }
}

static void print_table(const struct report *report, FILE *out)
{
    const struct list *list = &lists[report->kind];
    size_t width[FIELDS_MOST] = {0};
    struct row headings, row;

    for (size_t f = 0; f < list->count; f++) {
        cell_text(headings.cell[f], list->fields[f].heading);
        width[f] = shown_width(headings.cell[f]);
    }
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, report, i);
        for (size_t f = 0; f < list->count; f++)
            if (shown_width(row.cell[f]) > width[f])
                width[f] = shown_width(row.cell[f]);
    }
    fputc('\n', out);
    print_row(out, list, &headings, width);
    for (size_t i = 0; i < report->count; i++) {
        row_fill(&row, report, i);
        print_row(out, list, &row, width);
    }
}

void report_text(const struct report *report, FILE *out)
{
    char since[CELL_SIZE], pid[24] = "-";

    cell_time(since, report->about.started);
    if (report->about.pid > 0)
        (void)snprintf(pid, sizeof pid, "%ld", (long)report->about.pid);
    if (report->kind == REPORT_STATUS)
        fprintf(out, "Room %s: %zu of %" PRIu32 " present", report->room,
                report->count - report->damaged, report->about.places);
    else
        fprintf(out, "Room %s: %zu ended session%s", report->room, report->count,
                report->count == 1 ? "" : "s");
    fprintf(out, ", since %s (pid %s%s)\n", since, pid, report->alive ? "" : ", gone");
    for (size_t i = 0; report->kind == REPORT_STATUS && i < COUNT(counters); i++)
        fprintf(out, "%s %" PRIu64 "%s", counters[i].words,
                *(const uint64_t *)value_at(&report->counters, counters[i].offset),
                i + 1 < COUNT(counters) ? ", " : "\n");
    if (report->count > 0)
        print_table(report, out);
}

/* ---- JSON (RFC 8259) */

/* What text_show lets through is UTF-8 without control characters but TAB. "" is null. */
static void json_string(FILE *out, const char *text)
{
    char shown[CELL_SIZE];

    if (text[0] == '\0') {
        fputs("null", out);
        return;
    }
    text_show(shown, sizeof shown, text, strlen(text));
    fputc('"', out);
    for (const char *c = shown; *c != '\0'; c++)
        if (*c == '\t')
            fputs("\\t", out);
        else
            fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    fputc('"', out);
}

static void json_time(FILE *out, int64_t when)
{
    char text[TEXT_UTC_SIZE] = "";

    if (time_known(when))
        text_utc_time(text, (time_t)when);
    json_string(out, text);
}

/* Integers alone: no locale writes a comma into them. */
static void json_seconds(FILE *out, int64_t ns)
{
    if (ns < 0)
        fputs("null", out);
    else
        fprintf(out, "%" PRId64 ".%03" PRId64, ns / NS, ns % NS / 1000000);
}

static void json_peer(FILE *out, const struct registry_peer *peer)
{
    char address[ADDRESS_SIZE] = "";

    if (address_known(peer))
        registry_peer_text(peer, address, sizeof address);
    json_string(out, address);
    if (address_known(peer))
        fprintf(out, ", \"port\": %u", (unsigned)peer->port);
    else
        fputs(", \"port\": null", out);
}

static void json_value(FILE *out, const struct report *report, const struct field *field,
                       const void *record)
{
    const void *value = value_at(record, field->offset);

    fprintf(out, ", \"%s\": ", field->key);
    switch (field->kind) {
    case KIND_TEXT:
        json_string(out, value);
        break;
    case KIND_PEER:
        json_peer(out, value);
        break;
    case KIND_TIME:
        json_time(out, *(const int64_t *)value);
        break;
    case KIND_IDLE:
        json_seconds(out, idle_ns(report, *(const int64_t *)value));
        break;
    case KIND_LASTED:
        json_seconds(out, *(const int64_t *)value);
        break;
    case KIND_COUNT:
    case KIND_BYTES:
        fprintf(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case KIND_WHY:
        if (*(const uint32_t *)value < LEFT_REASONS)
            json_string(out, registry_why_text((enum registry_why) * (const uint32_t *)value));
        else
            fputs("null", out);
        break;
    }
}

void report_json(const struct report *report, FILE *out)
{
    const struct list *list = &lists[report->kind];

    fputs("{\"room\": ", out);
    json_string(out, report->room);
    fprintf(out, ", \"alive\": %s, \"pid\": ", report->alive ? "true" : "false");
    if (report->about.pid > 0)
        fprintf(out, "%ld", (long)report->about.pid);
    else
        fputs("null", out);
    fputs(", \"started\": ", out);
    json_time(out, report->about.started);
    fprintf(out, ", \"places\": %" PRIu32, report->about.places);
    if (report->kind == REPORT_STATUS) {
        fprintf(out, ", \"present\": %zu,\n \"counters\": {", report->count - report->damaged);
        for (size_t i = 0; i < COUNT(counters); i++)
            fprintf(out, "\"%s\": %" PRIu64 "%s", counters[i].key,
                    *(const uint64_t *)value_at(&report->counters, counters[i].offset),
                    i + 1 < COUNT(counters) ? ", " : "}");
    }
    fprintf(out, ",\n \"%s\": [", list->key);
    for (size_t i = 0; i < report->count; i++) {
        struct item item = item_at(report, i);

        fprintf(out, "%s\n  {\"%s\": %zu", i > 0 ? "," : "", list->number, item.number);
        if (item.damaged)
            fputs(", \"damaged\": true", out);
        else
            for (size_t f = 0; f < list->count; f++)
                json_value(out, report, &list->fields[f], item.record);
        fputc('}', out);
    }
    fputs("]}\n", out);
}
