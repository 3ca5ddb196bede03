/* The clocks: the monotonic one for every duration, the wall clock only for showing. */
#ifndef SERVER_WIRE_CLOCK_H
#define SERVER_WIRE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS INT64_C(1000000)    /* nanoseconds in a millisecond */
#define CLOCK_S  INT64_C(1000000000) /* and in a second */

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now(void);

/* "YYYY-MM-DD HH:MM:SS" in local time, "-" for a year without four digits. The next call within the
 * same quarter of an hour does not ask the C library, in this process or in its children. */
#define CLOCK_LOCAL_SIZE 20
void clock_local(char to[CLOCK_LOCAL_SIZE], time_t when);

/* "YYYY-MM-DDTHH:MM:SSZ" (ISO 8601, UTC), "-" likewise. */
#define CLOCK_UTC_SIZE 21
void clock_utc(char to[CLOCK_UTC_SIZE], time_t when);

#endif
