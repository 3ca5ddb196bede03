/* Collects a report from the table while the table keeps changing: read-only, and without waiting.
 * Each value is checked: an invalid record becomes a damaged line. */
#ifndef SHM_CTL_SURVEY_H
#define SHM_CTL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/ctl/filter.h"
#include "shm/table/types.h"

enum report_kind { REPORT_STATUS, REPORT_HISTORY, REPORT_HANDOUTS, REPORT_HANDINS };

/* How much of a file a client has. */
enum report_has {
    REPORT_HAS_NONE,
    REPORT_HAS_PART,
    REPORT_HAS_WHOLE,
    REPORT_HAS_VERIFIED,
    REPORT_HAS_KINDS,
};

struct report_line {
    size_t number;   /* from 1: the slot, or the entry in the list */
    bool damaged;    /* the fields below mean nothing */
    int64_t idle_ns; /* status: since the client did something; -1: unknown */
    uint64_t hand;   /* status: the hand's number in the queue, from 1; 0: down */
    uint32_t has;    /* hand-outs: enum report_has */
    union {
        struct record client;     /* status */
        struct ended ended;       /* history */
        struct transfer transfer; /* hand-ins; hand-outs, where REPORT_HAS_NONE has neither time
                                     nor bytes */
    } of;
};

struct report {
    enum report_kind kind;
    const char *room;
    const struct filter *filter; /* status: which clients are listed; NULL: all */
    bool alive;                  /* the daemon */
    char missing[TABLE_MISSING]; /* what could not be confined; "": nothing */
    struct table_about about;
    struct counters counters;
    struct report_line *lines;
    size_t present;        /* status: clients, whether listed or not */
    size_t count, damaged; /* lines, and how many of them are damaged */
};

/* Fills in the report of report->kind. Returns 0, or -1 with errno; call survey_free in both
 * cases. */
int survey_take(struct report *report, const struct table *table);
void survey_free(struct report *report);

#endif
