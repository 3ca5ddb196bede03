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

/* What the signals that came say; others than these are logged. Once stopped, it stays so. */
enum signals_say { SIGNALS_NOTHING, SIGNALS_RELOAD, SIGNALS_STOP };
enum signals_say signals_take(int terminal);

#endif
