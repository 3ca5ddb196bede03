#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/line.h"
#include "tests/unit/tap.h"

static struct line_reader reader;
static int ends[2];
static char *line;
static size_t length;

static void begin(size_t max)
{
    if (pipe(ends) != 0)
        BAIL("the pipe fails");
    line_reader_init(&reader, ends[0], max);
}

static void put(const char *text, size_t size)
{
    OK(write(ends[1], text, size) == (ssize_t)size);
    OK(line_fill(&reader) == (ssize_t)size);
}

static void finish(void)
{
    close(ends[0]);
    close(ends[1]);
}

static int is_line(const char *text)
{
    return line_next(&reader, &line, &length) == LINE_READY && length == strlen(text) &&
           strcmp(line, text) == 0;
}

static void whole_lines(void)
{
    begin(10);
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    OK(!line_pending(&reader));
    put("one\ntwo\r\n\nthr", 13);
    OK(line_pending(&reader));
    OK(is_line("one"));
    OK(is_line("two"));
    OK(is_line(""));
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    OK(!line_pending(&reader));
    put("ee\r\n", 4);
    OK(is_line("three"));
    put("a\rb\n", 4);
    OK(is_line("a\rb"));
    put("x\0y\n", 4);
    OK(line_next(&reader, &line, &length) == LINE_READY && length == 3 &&
       memcmp(line, "x\0y", 4) == 0);
    finish();
}

static void long_lines(void)
{
    begin(4);
    put("1234\n12345\n1234\r\n12345\r\n", 24);
    OK(is_line("1234"));
    OK(line_next(&reader, &line, &length) == LINE_TOO_LONG);
    OK(is_line("1234"));
    OK(line_next(&reader, &line, &length) == LINE_TOO_LONG);
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    put("1234\r", 5); /* may still be one that fits */
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    put("\n", 1);
    OK(is_line("1234"));
    put("123456", 6); /* cannot be any more; said once, then skipped to its end */
    OK(line_next(&reader, &line, &length) == LINE_TOO_LONG);
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    put("7890", 4);
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    put("1\nok\n", 5);
    OK(is_line("ok"));
    finish();
}

/* However the bytes are cut up, the same lines come out. */
static void any_cut(void)
{
    static const char text[] = "alpha\nbeta\r\n\ntoo long a line\ngamma\n";

    for (size_t step = 1; step < sizeof text; step++) {
        char seen[200] = "";

        begin(10);
        for (size_t at = 0; at < sizeof text - 1; at += step) {
            size_t size = sizeof text - 1 - at < step ? sizeof text - 1 - at : step;
            enum line_status status;

            if (write(ends[1], text + at, size) != (ssize_t)size || line_fill(&reader) <= 0)
                BAIL("the pipe fails");
            while ((status = line_next(&reader, &line, &length)) != LINE_NONE) {
                strcat(seen, status == LINE_READY ? line : "(too long)");
                strcat(seen, "|");
            }
        }
        OK(strcmp(seen, "alpha|beta||(too long)|gamma|") == 0);
        finish();
    }
}

static void fullest(void)
{
    static char big[PROTOCOL_REPLY_MAX + 2];

    memset(big, 'x', sizeof big);
    begin(PROTOCOL_REPLY_MAX);
    big[PROTOCOL_REPLY_MAX] = '\n';
    put(big, PROTOCOL_REPLY_MAX + 1);
    OK(line_next(&reader, &line, &length) == LINE_READY && length == PROTOCOL_REPLY_MAX);
    big[PROTOCOL_REPLY_MAX] = 'x';
    put(big, PROTOCOL_REPLY_MAX + 2);
    OK(line_next(&reader, &line, &length) == LINE_TOO_LONG);
    finish();
}

static void the_rest(void)
{
    char raw[4];

    begin(10);
    OK(line_rest(&reader, &line, &length) == LINE_NONE);
    put("one\nraw!tail", 12);
    OK(is_line("one"));
    OK(line_take(&reader, raw, 4) == 4 && memcmp(raw, "raw!", 4) == 0);
    OK(line_next(&reader, &line, &length) == LINE_NONE);
    OK(line_rest(&reader, &line, &length) == LINE_READY && strcmp(line, "tail") == 0 &&
       length == 4);
    OK(line_rest(&reader, &line, &length) == LINE_NONE);
    put("0123456789a", 11);
    OK(line_rest(&reader, &line, &length) == LINE_TOO_LONG);
    close(ends[1]);
    OK(line_fill(&reader) == 0);
    close(ends[0]);
}

static int waits;

static int drain(void *context, short events, size_t left)
{
    char sink[65536];

    waits++;
    if (*(int *)context == 0 || events != POLLOUT || left == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    return read(ends[0], sink, sizeof sink) > 0 ? 0 : -1;
}

static void writing(void)
{
    static char much[1 << 20];
    int willing = 1;

    begin(10);
    OK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    OK(line_write(ends[1], much, sizeof much, drain, &willing) == 0);
    OK(waits > 1);
    willing = 0;
    OK(line_write(ends[1], much, sizeof much, drain, &willing) == -1 && errno == ETIMEDOUT);
    OK(line_write(ends[1], much, 1, NULL, NULL) == -1 && errno == EAGAIN);
    finish();
    OK(line_write(-1, "x", 1, NULL, NULL) == -1 && errno == EBADF);
    OK(line_write(-1, "", 0, NULL, NULL) == 0);
}

int main(void)
{
    whole_lines();
    long_lines();
    any_cut();
    fullest();
    the_rest();
    writing();
    return tap_end();
}
