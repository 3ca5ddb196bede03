#define _POSIX_C_SOURCE 200809L

#include "server/events_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/log.h"
#include "server/log_file.h"
#include "server/wire/text.h"

void event_config_unreadable(const char *file, int error)
{
    log_warning("The daemon's user cannot read '%s', so a reload would fail: %s", file,
                strerror(error));
}

void event_reloaded(const char *file, const char *others)
{
    if (others[0] == '\0')
        log_info("Settings read again from '%s'", file);
    else
        log_warning("Settings read again from '%s'; a restart is needed for: %s", file, others);
}

void event_not_reloaded(const char *error)
{
    log_error("All settings stay as they are: %s", error);
}

void event_nothing_to_reload(void)
{
    log_info("There is nothing to reload: the server was started without --config");
}

void event_queue_begins(uint32_t slots)
{
    log_info("A client waits for a place: %" PRIu32 " of %" PRIu32 " are taken", slots, slots);
}

void event_draining(uint32_t present, unsigned long seconds)
{
    char limit[64] = "";

    if (seconds > 0)
        (void)snprintf(limit, sizeof limit, ", or in %lu second%s", seconds, text_s(seconds));
    log_info("Draining: nobody is let in any more, and the server ends with the last client"
             "%s (%" PRIu32 " present)",
             limit, present);
}

void event_no_syslog(void)
{
    log_warning("There was no syslog at the start; lines may be missing");
}

void event_log_opened(void)
{
    log_info("The log's file was opened anew");
}

void event_log_not_opened(int error)
{
    log_error("The log's file cannot be opened anew, and the old one stays: %s",
              log_file_why(error));
}

void event_upgraded(const char *from)
{
    log_info("Upgraded from %s to " ROLLCALL_VERSION, from);
}

void event_not_upgraded(const char *why)
{
    log_warning("Not upgraded, the new program cannot take over: %s", why);
}
