#define _POSIX_C_SOURCE 200809L

#include "server/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "server/log_file.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/print.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

static enum { PLAIN, TIMED, JOURNAL, SYSLOG } style;

/* How a line is written without a wait. To what is never read, as a file, a write does not wait. */
static enum { BY_WRITE, BY_LOOK, BY_SEND, BY_SYSLOG, BY_FILE } way;

static struct log_losses own_losses, *losses = &own_losses;
static int system_log = -1;
static uint64_t reopened; /* how often the file was opened anew, of losses->reopened */

/* ---- the start */

/* systemd.exec(5): $JOURNAL_STREAM is "device:inode" of the stream that the journal reads. */
bool log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;

    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_detach(void)
{
    struct stat st;
    int own;

    if (fstat(STDERR_FILENO, &st) != 0)
        return;
    if (S_ISSOCK(st.st_mode)) {
        way = BY_SEND;
    } else if (S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO)) {
        own = platform_open_again(STDERR_FILENO);
        if (own < 0 || dup2(own, STDERR_FILENO) < 0)
            way = BY_LOOK;
        if (own >= 0)
            close(own);
    }
}

enum log_target log_target_of(const char *where)
{
    if (strchr(where, '/') != NULL)
        return LOG_TO_FILE;
    return strcmp(where, "syslog") == 0 ? LOG_TO_SYSLOG : LOG_TO_STDERR;
}

bool log_open(enum log_target target)
{
    if (target == LOG_TO_FILE) {
        style = TIMED;
        way = BY_FILE;
    } else if (target == LOG_TO_SYSLOG) {
        style = SYSLOG;
        system_log = platform_open_syslog();
        way = system_log >= 0 ? BY_SEND : BY_SYSLOG;
        if (way == BY_SYSLOG)
            openlog("rollcalld", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    } else if (log_is_journal()) {
        style = JOURNAL;
    } else {
        style = isatty(STDERR_FILENO) ? PLAIN : TIMED;
    }
    return system_log < 0 || platform_reopen_syslog(system_log);
}

int log_reopen(void)
{
    if (way != BY_FILE)
        return 0;
    if (log_file_again() != 0)
        return -1;
    reopened = atomic_fetch_add(&losses->reopened, 1) + 1;
    return 0;
}

void log_carry(struct parcel *parcel)
{
    parcel_bytes(parcel, &style, sizeof style);
    parcel_bytes(parcel, &way, sizeof way);
    parcel_bytes(parcel, &system_log, sizeof system_log);
    parcel_bytes(parcel, &reopened, sizeof reopened);
    log_file_carry(parcel);
}

bool log_has_times(void)
{
    return style != PLAIN;
}

void log_count_losses(struct log_losses *to)
{
    losses = to != NULL ? to : &own_losses;
}

int log_descriptor(void)
{
    return way == BY_FILE ? log_file_descriptor() : system_log;
}

int log_directory(void)
{
    return log_file_directory();
}

/* ---- a line */

/* Bytes for the priority, the time or both in front of a line. */
enum { PREFIX = 64 };

static size_t begin_line(char line[PREFIX], int priority)
{
    char when[CLOCK_LOCAL_SIZE];
    struct tm tm;
    size_t used;
    time_t now;

    switch (style) {
    case JOURNAL:
        return (size_t)snprintf(line, PREFIX, "<%d>", priority);
    case TIMED:
        clock_local(line, time(NULL));
        used = strlen(line);
        line[used++] = ' ';
        return used;
    case SYSLOG:
        now = time(NULL);
        if (way == BY_SYSLOG || localtime_r(&now, &tm) == NULL)
            return 0;
        (void)strftime(when, sizeof when, "%b %e %H:%M:%S", &tm);
        return (size_t)snprintf(line, PREFIX, "<%d>%s rollcalld[%ld]: ", LOG_DAEMON | priority,
                                when, (long)getpid());
    case PLAIN:
        break;
    }
    return 0;
}

/* The file; opened anew first if the parent said so. */
static int find_file(void)
{
    uint64_t wanted = atomic_load(&losses->reopened);

    if (wanted != reopened) {
        reopened = wanted;
        (void)log_file_again();
    }
    return log_file_descriptor();
}

/* Returns as write(2) does. */
static ssize_t write_once(const char *line, size_t size)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    int to = STDERR_FILENO;
    ssize_t put;

    if (way == BY_SEND && system_log >= 0) {
        put = platform_send_now(system_log, line, size);
        if (put < 0 && errno != EAGAIN && platform_reopen_syslog(system_log))
            put = platform_send_now(system_log, line, size);
        return put;
    }
    if (way == BY_SEND)
        return platform_send_now(STDERR_FILENO, line, size);
    if (way == BY_LOOK && poll(&room, 1, 0) != 1)
        return -1;
    if (way == BY_FILE)
        to = find_file();
    do
        put = write(to, line, size);
    while (put < 0 && errno == EINTR);
    return put;
}

/* Ends the line, which has room for one byte more, and writes it. Returns whether all of it was
 * taken. */
static bool put_line(int priority, char *line, size_t size)
{
    ssize_t put;

    if (way == BY_SYSLOG) {
        line[size] = '\0';
        syslog(priority, "%s", line);
        return true;
    }
    if (style != SYSLOG)
        line[size++] = '\n';
    put = write_once(line, size);
    if (put > 0 && (size_t)put < size)
        atomic_store(&losses->torn, 1);
    return put == (ssize_t)size;
}

bool log_is_behind(void)
{
    return atomic_load(&losses->untold) > 0;
}

bool log_catch_up(void)
{
    uint64_t count = log_is_behind() ? atomic_exchange(&losses->untold, 0) : 0;
    char line[1 + PREFIX + 128];
    bool torn;
    size_t used;

    if (count == 0)
        return false;
    torn = atomic_exchange(&losses->torn, 0) != 0;
    line[0] = '\n';
    used = 1 + begin_line(line + 1, LOG_WARNING);
    used += (size_t)snprintf(
        line + used, sizeof line - used - 1,
        "Lines that the log could not take, and that are missing here: %" PRIu64, count);
    if (put_line(LOG_WARNING, line + !torn, used - !torn))
        return false;
    atomic_fetch_add(&losses->untold, count);
    if (torn)
        atomic_store(&losses->torn, 1);
    return true;
}

/* Writes a text as one line. The line is put together in `line`, which has
 * PREFIX + TEXT_SHOWN_SIZE(length) bytes. */
static void write_line(int priority, const char *text, size_t length, char *line)
{
    size_t used = begin_line(line, priority);

    used += text_show(line + used, TEXT_SHOWN_SIZE(length), text, length);
    if (!log_catch_up() && put_line(priority, line, used))
        return;
    atomic_fetch_add(&losses->lines, 1);
    atomic_fetch_add(&losses->untold, 1);
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
