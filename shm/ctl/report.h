/* What rollcallctl shows, as text for people or as JSON for programs. The values come from the
 * table and are data to check: what cannot be one is shown as unknown ("-", null), and a record
 * that is none as damaged. */
#ifndef SHM_CTL_REPORT_H
#define SHM_CTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shm/table/registry.h"

enum report_kind { REPORT_STATUS, REPORT_HISTORY, REPORT_HANDOUTS, REPORT_HANDINS };

/* How much of a file a client has. */
enum report_has { HAS_NONE, HAS_PART, HAS_WHOLE, HAS_VERIFIED, HAS_KINDS };

struct report_line {
    size_t number;   /* its slot, or its entry in the list, from 1 */
    bool damaged;    /* what follows means nothing */
    int64_t idle_ns; /* status: since it last did something; -1: unknown */
    uint64_t hand;   /* status: its number in the queue of hands, from 1; 0: down */
    uint32_t has;    /* hand-outs: enum report_has */
    union {
        struct record client;     /* status */
        struct ended ended;       /* history */
        struct transfer transfer; /* hand-outs, of HAS_NONE without time and bytes; hand-ins */
    } of;
};

struct report {
    enum report_kind kind;
    const char *room;
    bool alive; /* the daemon */
    struct table_about about;
    struct counters counters;
    struct report_line *lines;
    size_t count, damaged; /* lines, and how many of them are damaged */
};

/* Whether it could be written is for the caller to ask of `out`. */
void report_text(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);

#endif
