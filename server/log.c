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

/* Bytes for the priority or the time in front of a line. */
enum { PREFIX = 32 };

/* Writes a text as one line. The line is put together in `line`, which has
 * PREFIX + TEXT_SHOWN_SIZE(length) bytes. */
static void write_line(int priority, const char *text, size_t length, char *line)
{
    size_t used = 0;

    if (style == JOURNAL) {
        used = (size_t)snprintf(line, PREFIX, "<%d>", priority);
    } else if (style == TIMED) {
        clock_local(line, time(NULL));
        used = strlen(line);
        line[used++] = ' ';
    }
    used += text_show(line + used, TEXT_SHOWN_SIZE(length), text, length);
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
    enum { TEXT = PROTOCOL_REQUEST_MAX + 256 };
    char text[TEXT], line[PREFIX + TEXT_SHOWN_SIZE(TEXT)];

    write_line(priority, text, print_format(text, sizeof text, format, arguments), line);
}

/* Tries small buffers first: the two lines of each session are short, and buffers for the longest
 * line would touch pages that a handler does not need otherwise. */
static void log_line(int priority, const char *format, va_list arguments)
{
    enum { TEXT = 160 };
    char text[TEXT], line[PREFIX + TEXT_SHOWN_SIZE(TEXT)];
    int saved = errno;
    va_list again;
    size_t length;

    va_copy(again, arguments);
    length = print_format(text, sizeof text, format, arguments);
    if (length < sizeof text - 1)
        write_line(priority, text, length, line);
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
