/* Whether a table holds what every table must: for rollcallctl and for the tests. */
#ifndef SHM_CTL_CHECK_H
#define SHM_CTL_CHECK_H

#include <stddef.h>

#include "shm/table/registry.h"

/* Told of each thing that is not so, in one line. */
typedef void check_say(void *context, const char *problem);

/* Looks at a table, which may be in use, without its lock; what is not so for a moment only, while
 * somebody writes, is looked at again for so long. Returns how many problems there are, or -1 with
 * errno. */
int check_table(const struct table *table, int patience_ms, check_say *say, void *context);
#define CHECK_PATIENCE_MS 1000

#endif
