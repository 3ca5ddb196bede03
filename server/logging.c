#define _POSIX_C_SOURCE 200809L

#include "server/logging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/events_run.h"
#include "server/log.h"
#include "server/log_file.h"
#include "server/start.h"
#include "shm/table/registry.h"

/* Ends the start. */
static void refuse(const struct config *config, int failed)
{
    if (failed == EACCES && config->became != NULL)
        start_die(EXIT_FAILURE,
                  "cannot write the log '%s': the user '%s' may not make files there; try chown %s "
                  "on its directory, or another --user",
                  config->log, config->became, config->became);
    start_die(EXIT_FAILURE, "cannot write the log '%s': %s", config->log, log_file_why(failed));
}

void logging_open(const struct config *config, int share, const struct inbox *inbox)
{
    if (log_target_of(config->log) != LOG_TO_FILE)
        return;
    if (log_file_reach(config->log) != 0)
        refuse(config, errno);
    if (inbox_is_in(log_file_directory(), share) ||
        (inbox->fd >= 0 && inbox_is_in(log_file_directory(), inbox->fd)))
        start_die(EXIT_USAGE,
                  "--log '%s': expected a file outside of the shared directory and of the inbox, "
                  "where clients could reach it",
                  config->log);
    if (log_file_open() != 0)
        refuse(config, errno);
}

void logging_begin(const struct config *config, struct table *table)
{
    bool there = log_open(log_target_of(config->log));

    log_count_losses(registry_log_losses(table));
    if (there || config->check_confinement)
        return;
    if (config->daemon)
        start_complain(
            "rollcalld: warning: this machine has no syslog now, so all lines of the log "
            "are lost; use --log FILE");
    event_no_syslog();
}

/* A log file may become longer than any hand-in, so the limit of a file's size must not apply. */
bool logging_grows(const struct config *config)
{
    struct stat log;

    if (log_target_of(config->log) != LOG_TO_STDERR)
        return log_target_of(config->log) == LOG_TO_FILE;
    return fstat(STDERR_FILENO, &log) == 0 && S_ISREG(log.st_mode);
}
