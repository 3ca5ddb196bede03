/* "rollcallctl metrics": the counters and the state of a room as Prometheus reads them, in its text
 * format. Nothing in it names a client. */
#ifndef SHM_CTL_METRICS_H
#define SHM_CTL_METRICS_H

#include <stdio.h>

#include "shm/table/types.h"

struct metrics {
    const char *room;
    bool up; /* the daemon lives */
    struct table_about about;
    struct counters counters;
    struct totals totals; /* of all sessions, those that are present included; lengths: ended */
    uint64_t present, hands, transfers;
};

/* Takes them out of the table as of one moment, in which nobody wrote; waits up to `patience_ms`
 * for that. Returns 0, or -1 with errno: ETIMEDOUT if there was none. */
int metrics_take(struct metrics *metrics, const struct table *table, int patience_ms);

/* Writes them; of a room without a table (about.slots is 0) only that it is down. Errors are the
 * stream's. */
void metrics_write(const struct metrics *metrics, FILE *out);

/* The same into a file, which is replaced at once, when all is written. Returns 0, or -1
 * with errno: EEXIST if something is there that is no regular file, which stays. */
int metrics_store(const struct metrics *metrics, const char *path);

#endif
