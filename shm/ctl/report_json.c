#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/report_json.h"

#include <inttypes.h>
#include <string.h>

#include "server/wire/text.h"
#include "shm/ctl/fields.h"
#include "shm/ctl/limits.h"

static void json_line(FILE *out, const struct field_list *list, const struct report_line *line)
{
    fprintf(out, "{\"%s\": %zu", list->number, line->number);
    if (line->damaged)
        fputs(", \"damaged\": true", out);
    for (size_t f = 0; f < list->count && !line->damaged; f++) {
        char raw[FORMAT_SIZE];

        fields_format(raw, line, &list->fields[f], true);
        fprintf(out, ", \"%s\": ", list->fields[f].key);
        if (raw[0] == '\0')
            fputs("null", out);
        else if (fields_is_number(&list->fields[f]))
            fputs(raw, out);
        else
            text_json(out, raw, strlen(raw));
    }
    fputc('}', out);
}

static void json_counters(const struct report *report, FILE *out, const char *key,
                          enum counter_group group)
{
    struct counter counter;

    fprintf(out, ",\n \"%s\": {", key);
    for (size_t i = 0; fields_counter(report, group, i, &counter); i++)
        fprintf(out, "%s\"%s\": %" PRIu64, i > 0 ? ", " : "", counter.key, counter.value);
    fputc('}', out);
}

void report_json(const struct report *report, FILE *out)
{
    const struct field_list *list = fields_of(report->kind);
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
    fprintf(out, ", \"places\": %" PRIu32, report->about.limit);
    if (report->kind == REPORT_STATUS) {
        fprintf(out, ", \"draining\": %s", report->about.draining ? "true" : "false");
        fprintf(out, ", \"waiting\": %" PRIu32, report->about.waiting);
        fputs(", \"unconfined\": ", out);
        if (report->missing[0] != '\0')
            text_json(out, report->missing, strlen(report->missing));
        else
            fputs("null", out);
        fprintf(out, ", \"present\": %zu", report->present);
        json_counters(report, out, "counters", COUNTERS);
        json_counters(report, out, "refused", COUNTERS_REFUSED);
        json_counters(report, out, "left", COUNTERS_LEFT);
    }
    fprintf(out, ",\n \"%s\": [", list->key);
    for (size_t i = 0; i < report->count; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        json_line(out, list, &report->lines[i]);
    }
    fputs("]}\n", out);
}
