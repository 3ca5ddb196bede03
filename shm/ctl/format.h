/* Single values of the table as text: `exact` for programs (ISO 8601 in UTC, plain numbers), else
 * for people. A value that is unknown or impossible becomes "". */
#ifndef SHM_CTL_FORMAT_H
#define SHM_CTL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/ctl/limits.h"
#include "shm/table/types.h"

/* The address; for people with its port. */
void format_peer(char to[FORMAT_SIZE], const struct peer *peer, bool exact);
void format_port(char to[FORMAT_SIZE], const struct peer *peer);

/* Seconds since the Epoch. */
void format_time(char to[FORMAT_SIZE], int64_t when, bool exact);

/* "3s", "2m05s", "1h02m", "4d03h"; exactly: seconds with three decimals. */
void format_span(char to[FORMAT_SIZE], int64_t ns, bool exact);

/* "812", "1.4K", "23M": in units of 1024, rounded down; exactly: bytes. */
void format_bytes(char to[FORMAT_SIZE], uint64_t bytes, bool exact);

/* Why a session ended: enum left_why. */
void format_why(char to[FORMAT_SIZE], uint32_t why);

/* words[choice], of `count` words. */
void format_choice(char to[FORMAT_SIZE], uint32_t choice, const char *const *words, size_t count);

void format_digest(char to[FORMAT_SIZE], const unsigned char digest[DIGEST_SIZE]);

#endif
