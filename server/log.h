/* The daemon's log: one line with one write(2), to stderr, to a file or to the system's log
 * (syslog(3)). On stderr a line is as it is for a terminal, has the priority in front (<4>,
 * sd-daemon(3)) for the journal, and the time for anything else. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>

#include "server/parcel.h"
#include "shm/table/types.h"

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_FILE };

/* What --log names: "stderr", "syslog", or a file, whose path has a '/'. */
enum log_target log_target_of(const char *where);

/* Early, while the process is still the user that was given stderr: gives stderr a description of
 * its own, on which a write does not wait, if stderr is a pipe or a terminal. */
void log_detach(void);

/* Called once, before the first line. LOG_TO_FILE: after log_file_open. False: there is no such log
 * here now, so lines will be lost until there is. */
bool log_open(enum log_target target);

/* Has all processes of the daemon open the file anew, each before its next line. Returns 0, also
 * where there is no file, or -1 with errno: the old file stays. */
int log_reopen(void);

/* Packs or unpacks how the log is written, instead of the two functions above: a confined process
 * cannot open it again. */
void log_carry(struct parcel *parcel);

/* Where the lines that could not be taken at once are counted from now on; NULL: in this process
 * alone. */
void log_count_losses(struct log_losses *losses);

/* The descriptors beside stderr that the log needs; -1: none. */
int log_descriptor(void);
int log_directory(void);

/* Whether stderr is the journal's, where each line begins with its priority. */
bool log_is_journal(void);

/* Whether lines were lost of which the log does not tell yet. */
bool log_is_behind(void);

/* Tries to say how many lines were lost, which else the next line does. Returns whether the log is
 * still behind. */
bool log_catch_up(void);

/* Whether each line has its time: in front of it, or in the journal or syslog(3). Else it is as it
 * is for a terminal, and whoever words it says when. */
bool log_has_times(void);

/* Logs a line, formatted as printf(3) does. The whole line passes text_show, so that arguments may
 * hold bytes from a peer. Nothing waits for the log: a line that it does not take at once is lost,
 * and counted. errno stays as it was. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
