/* A moment as a person writes it. */
#ifndef SHM_CTL_MOMENT_H
#define SHM_CTL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-26", "2026-11-26 09:15", "2026-11-26T09:15:30", "09:15" (of the day of `now`), each in
 * local time, or with a Z behind the time in UTC. A date alone is the first millisecond of its day;
 * with `to_end` the last, and a time without seconds is then the end of its minute. now, *when: ms
 * since the Epoch. False: it is no moment; nor is a time that a change of the clocks leaves out. */
bool moment_parse(const char *text, int64_t now, bool to_end, int64_t *when);
#define MOMENT_FORM "a time, as 09:15, 2026-11-26 or \"2026-11-26 09:15\""

#endif
