/* A report as text for people. What is unknown is shown as "-". */
#ifndef SHM_CTL_REPORT_TEXT_H
#define SHM_CTL_REPORT_TEXT_H

#include <stdio.h>

#include "shm/ctl/survey.h"

/* The caller asks `out` whether everything could be written. */
void report_text(const struct report *report, FILE *out);

#endif
