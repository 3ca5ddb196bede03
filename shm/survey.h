/* What rollcallctl reports, taken out of the table while that goes on changing: read-only, and
 * waiting for nobody. */
#ifndef SHM_SURVEY_H
#define SHM_SURVEY_H

#include "shm/registry.h"
#include "shm/report.h"

/* Fills in the report of report->kind. Returns 0, or -1 with errno; survey_free in both cases. */
int survey_take(struct report *report, const struct registry *registry);
void survey_free(struct report *report);

#endif
