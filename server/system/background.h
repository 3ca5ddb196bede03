/* Going into the background, in two steps: whoever started us sees what goes wrong before the
 * second one, and finds us ready after it. Neither changes the working directory, because that is
 * the runtime directory (server/system/runtime.h): parent and handlers find their sockets there. */
#ifndef SERVER_SYSTEM_BACKGROUND_H
#define SERVER_SYSTEM_BACKGROUND_H

/* Forks. The foreground process stays until the child calls daemon_ready, and exits with 0, or
 * until the child has ended, and exits with its status. Only the child returns, in a session of its
 * own and still with the terminal's stderr. Returns 0, or -1 with errno. */
int daemon_begin(void);

/* The last step of a start, which a confined process can do: /dev/null becomes descriptors 0, 1 and
 * 2, and the foreground process exits. 0, or -1 with errno. */
int daemon_ready(void);

#endif
