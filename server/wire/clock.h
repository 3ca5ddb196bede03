/* Two clocks: the monotonic one for durations, and the wall clock for times that people read. */
#ifndef SERVER_WIRE_CLOCK_H
#define SERVER_WIRE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS INT64_C(1000000)    /* nanoseconds in a millisecond */
#define CLOCK_S  INT64_C(1000000000) /* nanoseconds in a second */

/* CLOCK_MONOTONIC (clock_gettime(2)) in nanoseconds. */
int64_t clock_now(void);

/* The wall clock in milliseconds since the Epoch. */
int64_t clock_wall_ms(void);

/* "YYYY-MM-DD HH:MM:SS" in local time; "-" unless the year has four digits. Keeps the last quarter
 * of an hour, so that calls for a time within it, in the children too, do not ask the C library. */
#define CLOCK_LOCAL_SIZE 20
void clock_local(char to[CLOCK_LOCAL_SIZE], time_t when);

/* "YYYY-MM-DDTHH:MM:SSZ" in UTC (RFC 3339); "-" for a year of more than four digits. */
#define CLOCK_UTC_SIZE 21
void clock_utc(char to[CLOCK_UTC_SIZE], time_t when);

#endif
