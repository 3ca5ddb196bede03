/* What rollcallctl shows: a copy of the table taken at one look, as text for people or as JSON for
 * programs. All that comes from the table is data to check: where a value cannot be one, it is
 * shown as unknown ("-", null), and a record that is none is shown as damaged. */
#ifndef SHM_REPORT_H
#define SHM_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shm/registry.h"

enum report_kind { REPORT_STATUS, REPORT_HISTORY };

struct report_client {
    size_t place; /* counted from 1, as Client01 is */
    bool damaged;
    struct registry_record record; /* means nothing where it is damaged */
};

struct report {
    enum report_kind kind;
    const char *room;
    bool alive; /* the daemon, after all the rest was read */
    struct registry_about about;
    struct registry_counters counters;
    int64_t now_ns;                /* monotonic, for idle times */
    struct report_client *clients; /* status: who is present, by place */
    struct registry_ended *ended;  /* history: oldest first */
    size_t count, damaged;         /* records, and how many of them are damaged */
};

/* Copies what is shown out of the table, waiting for nobody. Returns 0, or -1 with errno (no
 * memory). Either way the report is the caller's to free; `room` must outlive it. */
int report_take(struct report *report, enum report_kind kind, const struct registry *registry,
                const char *room);
void report_free(struct report *report);

/* Print it. Whether it could be written is for the caller to ask of `out`. */
void report_text(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);

#endif
