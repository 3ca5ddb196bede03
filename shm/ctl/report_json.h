/* A report as JSON for programs: one object, as rollcallctl(8) describes it. What is unknown is
 * null. */
#ifndef SHM_CTL_REPORT_JSON_H
#define SHM_CTL_REPORT_JSON_H

#include <stdio.h>

#include "shm/ctl/survey.h"

/* The caller asks `out` whether everything could be written. */
void report_json(const struct report *report, FILE *out);

#endif
