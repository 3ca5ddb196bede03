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
    char said[PROTOCOL_REQUEST_MAX + 256], shown[sizeof said], line[sizeof shown + 32];
    char now[TEXT_TIME_SIZE] = "";
    int saved = errno, length;

    (void)vsnprintf(said, sizeof said, format, arguments);
    text_show(shown, sizeof shown, said, strlen(said));
    switch (style) {
    case SYSLOG:
        syslog(priority, "%s", shown);
        errno = saved;
        return;
    case JOURNAL:
        length = snprintf(line, sizeof line, "<%d>%s\n", priority, shown);
        break;
    case TIMED:
        text_local_time(now, time(NULL));
        length = snprintf(line, sizeof line, "%s %s\n", now, shown);
        break;
    default:
        length = snprintf(line, sizeof line, "%s\n", shown);
        break;
    }
    while (write(STDERR_FILENO, line, (size_t)length) < 0 && errno == EINTR)
        ;
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
