/* What each signal does to the parent. rollcalld(8) describes it. */
#ifndef SERVER_PARENT_SIGNALS_H
#define SERVER_PARENT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Sets the answers. *waiting: the mask under which the parent waits; everywhere else the signals
 * that have a function are blocked, so that none is lost between a look at its flag and the sleep.
 */
void signals_set(sigset_t *waiting);

/* A descriptor of the terminal that the daemon was started on, or -1. */
int signals_terminal(void);

/* Logs the signals that came (quiet: only the terminal's end). Returns whether to stop. */
bool signals_say_stop(int terminal, bool quiet);

#endif
