#define _POSIX_C_SOURCE 200809L

#include "server/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "server/protocol.h"
#include "server/text.h"

static enum { PLAIN, TIMED, JOURNAL, SYSLOG } style;

/* systemd.exec(5): $JOURNAL_STREAM is "device:inode" of the stream that the journal reads. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;

    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_open(enum log_target target)
{
    if (target == LOG_TO_SYSLOG) {
        style = SYSLOG;
        openlog("rollcalld", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    } else if (stderr_is_journal()) {
        style = JOURNAL;
    } else {
        style = isatty(STDERR_FILENO) ? PLAIN : TIMED;
    }
}

static void log_line(int priority, const char *format, va_list arguments)
{
    enum { SAID = PROTOCOL_REQUEST_MAX + 256 };
    char line[32 + TEXT_SHOWN_SIZE(SAID) + 1], said[SAID], now[TEXT_TIME_SIZE];
    int saved = errno;
    size_t used = 0;

    (void)vsnprintf(said, sizeof said, format, arguments);
    if (style == JOURNAL) {
        used = (size_t)snprintf(line, sizeof line, "<%d>", priority);
    } else if (style == TIMED) {
        text_local_time(now, time(NULL));
        used = (size_t)snprintf(line, sizeof line, "%s ", now);
    }
    used += text_show(line + used, sizeof line - 1 - used, said, strlen(said));
    if (style == SYSLOG) {
        syslog(priority, "%s", line);
    } else {
        line[used++] = '\n';
        while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
            ;
    }
    errno = saved;
}

void log_info(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line(LOG_INFO, format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line(LOG_WARNING, format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line(LOG_ERR, format, arguments);
    va_end(arguments);
}
