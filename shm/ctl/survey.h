/* What rollcallctl reports, taken out of the table while that goes on changing: read-only, and
 * waiting for nobody. */
#ifndef SHM_CTL_SURVEY_H
#define SHM_CTL_SURVEY_H

#include "shm/ctl/report.h"
#include "shm/table/registry.h"

/* Fills in the report of report->kind. Returns 0, or -1 with errno; survey_free in both cases. */
int survey_take(struct report *report, const struct table *table);
void survey_free(struct report *report);

#endif
