/* Descriptors: the standard ones, which every program checks before it opens anything; closing, and
 * waiting. */
#ifndef SERVER_WIRE_DESCRIPTORS_H
#define SERVER_WIRE_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

/* Opens each of descriptors 0, 1 and 2 that is missing on /dev/null, so that no socket and no file
 * that is opened later becomes standard input, output or error. Reading from 0 and writing to 1 or
 * 2 then fails with EBADF, as if the descriptor were still missing. Returns 0, or -1 with errno. */
int descriptors_fill_standard(void);

/* Writes out what was printed. False: that failed now or before, and a line of this program on
 * standard error says so. */
bool descriptors_written(const char *program);

/* Waits for the events of poll(2) until `until` (clock_now). Returns 0, or -1 with errno: ETIMEDOUT
 * at that time. */
int descriptors_wait(int fd, short events, int64_t until);

/* close(2) that keeps errno: for what is given up because of it. */
void descriptors_close(int fd);

/* The higher of two descriptors, of which either may be -1. */
static inline int descriptors_higher(int one, int other)
{
    return one > other ? one : other;
}

/* FD_SET(3) and FD_ISSET(3); -1 is in no set. *highest becomes at least fd. */
void descriptors_add(int fd, fd_set *to, int *highest);
bool descriptors_have(const fd_set *set, int fd);

#endif
