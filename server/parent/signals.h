/* What each signal does to the parent. rollcalld(8) describes it. */
#ifndef SERVER_PARENT_SIGNALS_H
#define SERVER_PARENT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Installs the signal handlers. *waiting: the signal mask for the parent's waits. Outside these
 * waits the handled signals are blocked, so that none is lost between the check of its flag and the
 * wait. */
void signals_set(sigset_t *waiting);

/* A descriptor of the terminal that the daemon was started on, or -1. */
int signals_terminal(void);

/* Logs the signals that came (quiet: only the terminal's end). Returns whether to stop. */
bool signals_say_stop(int terminal, bool quiet);

#endif
