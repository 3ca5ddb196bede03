/* The daemon's log: one line, one write. To stderr (as it is on a terminal, with the time
 * elsewhere, with <N> priorities where stderr is the journal) or to syslog. Keeps errno. What comes
 * from a peer is passed through text_show by the caller's %s only if it passed it before: log_*
 * does it for the whole line. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Called once, before the first line. */
void log_open(enum log_target target);

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
