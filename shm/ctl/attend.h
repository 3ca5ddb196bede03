/* rollcallctl report: its options, and what it prints. */
#ifndef SHM_CTL_ATTEND_H
#define SHM_CTL_ATTEND_H

#include <stdbool.h>
#include <stddef.h>

/* The words behind "report". Returns 0, and *note is one line that belongs on standard error, or
 * ""; or the status to exit with, and *note says why. *help: --help was asked for, and nothing is
 * done. */
int attend(const char *room, bool json, char *const *words, bool *help, char *note, size_t size);
void attend_help(void);

#endif
