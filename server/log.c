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

#include "server/wire/clock.h"
#include "server/wire/print.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

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

/* What was said becomes a line in `line`, which has room for PREFIX + TEXT_SHOWN_SIZE(length)
 * bytes. */
enum { PREFIX = 32 };

static void write_line(int priority, const char *said, size_t length, char *line)
{
    size_t used = 0;

    if (style == JOURNAL) {
        used = (size_t)snprintf(line, PREFIX, "<%d>", priority);
    } else if (style == TIMED) {
        clock_local(line, time(NULL));
        used = strlen(line);
        line[used++] = ' ';
    }
    used += text_show(line + used, TEXT_SHOWN_SIZE(length), said, length);
    if (style == SYSLOG) {
        syslog(priority, "%s", line);
    } else {
        line[used++] = '\n';
        while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
            ;
    }
}

static void log_long(int priority, const char *format, va_list arguments)
{
    enum { SAID = PROTOCOL_REQUEST_MAX + 256 };
    char said[SAID], line[PREFIX + TEXT_SHOWN_SIZE(SAID)];

    write_line(priority, said, print_format(said, sizeof said, format, arguments), line);
}

/* Each session comes and goes in two short lines, for which a handler need not touch the pages of
 * the longest one's buffers. */
static void log_line(int priority, const char *format, va_list arguments)
{
    enum { SAID = 160 };
    char said[SAID], line[PREFIX + TEXT_SHOWN_SIZE(SAID)];
    int saved = errno;
    va_list again;
    size_t length;

    va_copy(again, arguments);
    length = print_format(said, sizeof said, format, arguments);
    if (length < sizeof said - 1)
        write_line(priority, said, length, line);
    else
        log_long(priority, format, again);
    va_end(again);
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
