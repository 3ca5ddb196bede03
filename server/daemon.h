/* Going into the background, in two steps: whoever started us sees what goes wrong before the
 * second, and finds us ready after it. */
#ifndef SERVER_DAEMON_H
#define SERVER_DAEMON_H

/* Forks. The parent stays until the child is ready or has ended, and exits with 0 or the child's
 * status; only the child returns, in a session of its own and with the terminal's stderr still.
 * Returns 0, or -1 with errno. */
int daemon_begin(void);

/* Leaves the terminal and the working directory, and lets the parent exit. 0, or -1 with errno. */
int daemon_ready(void);

/* Makes descriptors 0, 1 and 2 exist, so that no socket becomes one. 0, or -1 with errno. */
int daemon_fill_stdio(void);

#endif
