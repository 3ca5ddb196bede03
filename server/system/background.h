/* Relations to the program that started the daemon: a shell, from which --daemon detaches once the
 * daemon is ready, or a service manager, which is told the daemon's state (sd_notify(3)). The
 * working directory stays the same, because it is the runtime directory (server/system/runtime.h).
 * */
#ifndef SERVER_SYSTEM_BACKGROUND_H
#define SERVER_SYSTEM_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Forks. Only the child returns, in a session of its own (setsid(2)) and still with the terminal's
 * stderr. The foreground process waits: it exits with 0 when the child calls background_ready, or
 * with the child's status when the child ends before that. Returns 0, or -1 with errno. */
int background_begin(void);

/* The last step of a start, after background_begin: /dev/null becomes descriptors 0, 1 and 2, and
 * the foreground process exits. Works in a sandbox. 0, or -1 with errno. */
int background_ready(void);

/* Whether a service manager wants to know the daemon's state ($NOTIFY_SOCKET). */
bool background_has_manager(void);

/* How often the service manager wants a sign of life, in ns ($WATCHDOG_USEC): twice in the time
 * after which it ends the daemon, but not more often than each LIMIT_ALIVE_MS. 0: never. */
int64_t background_watchdog(void);

/* Tells the service manager the state, in lines as sd_notify(3) has them ("READY=1"), cut at 255
 * bytes. Does nothing without a service manager. A failure is not reported: the service manager is
 * the one to notice. */
void background_tell_manager(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Has the service manager keep copies of so many descriptors, at most LIMIT_LISTENERS, under this
 * name; it passes them to the next process of the service (FDSTORE=1 in sd_pid_notify_with_fds(3)).
 * A failure is not reported, either. */
void background_keep(const char *name, const int *kept, size_t count);

#endif
