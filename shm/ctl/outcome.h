/* How a command of rollcallctl ends, and what it says about that. */
#ifndef SHM_CTL_OUTCOME_H
#define SHM_CTL_OUTCOME_H

#include <stdbool.h>

/* The exit status. */
enum status { DONE, FAILED, USAGE, NO_ROOM, GONE, DAMAGED };

/* One line on stderr; what it quotes may be anything. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the table of a room cannot be read: the errno of view_open. */
enum status explain(const char *room, int error);

/* Whether all of stdout could be written; else complains. */
bool written(void);

#endif
