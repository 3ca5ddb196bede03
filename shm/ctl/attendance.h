/* Who was here: the stays and deeds of a ledger, person by person, within a span of time. */
#ifndef SHM_CTL_ATTENDANCE_H
#define SHM_CTL_ATTENDANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/ctl/ledger.h"
#include "shm/ctl/roster.h"

#define ATTENDANCE_EVER INT64_MAX

/* Times in milliseconds since the Epoch. */
struct attendance_question {
    int64_t from, to;            /* INT64_MIN, ATTENDANCE_EVER: no bound */
    bool is_moment;              /* both are that moment: who was here then, and as it was then */
    int64_t start, end;          /* of the lesson; 0: unknown */
    int64_t late, early, gap;    /* milliseconds */
    const struct roster *roster; /* or NULL */
};

struct person {
    const char *name;
    bool expected;               /* the roster has this person */
    bool unknown;                /* there is a roster, and it has not */
    bool here, late, gone_early; /* here: when the span ends */
    size_t arrivals, departures; /* 0: absent */
    int64_t total;               /* milliseconds */
    int64_t first, last;         /* first arrival; last departure, or the last moment known */
    size_t *stay;                /* those that count, by number in the ledger, in their order */
    size_t stays;
    size_t deeds[DEEDS]; /* files, each once; of those fetched only whole ones */
};

struct attendance {
    struct person *person; /* of the roster first, in its order; then by name */
    size_t count;
    size_t *of_stay; /* the person of each stay */
    size_t *stays;   /* those of all persons, one person after the other */
};

/* Returns 0, or -1 where there is no memory; attendance_free in both cases. */
int attendance_take(struct attendance *attendance, const struct ledger *ledger,
                    const struct attendance_question *question);
void attendance_free(struct attendance *attendance);

/* Whether this deed of the ledger counts in that span; for a moment, what was done until then in a
 * session that lasted. */
bool attendance_counts(const struct attendance_question *question, const struct deed *deed);

#endif
