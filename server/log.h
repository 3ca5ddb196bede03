/* The daemon's log: one line with one write(2), to stderr or to syslog(3). On stderr a line is as
 * it is for a terminal, has the priority in front (<4>, sd-daemon(3)) for the journal, and the time
 * for anything else. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* Called once, before the first line. */
void log_open(enum log_target target);

/* Logs a line, formatted as printf(3) does. The whole line passes text_show, so that arguments may
 * hold bytes from a peer. A line that cannot be written is lost; errno stays as it was. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
