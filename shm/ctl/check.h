/* Checks what holds for every intact table, for rollcallctl and for the tests. */
#ifndef SHM_CTL_CHECK_H
#define SHM_CTL_CHECK_H

#include "shm/table/types.h"

/* Gets each problem as one line. */
typedef void check_say(void *context, const char *problem);

/* Checks a table, which may be in use, without its lock. Retries for up to patience_ms, because a
 * writer can break an invariant for a moment. Returns how many problems remain, or -1 with errno.
 */
int check_table(const struct table *table, int patience_ms, check_say *say, void *context);

#endif
