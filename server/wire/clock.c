#define _POSIX_C_SOURCE 200809L

#include "server/wire/clock.h"

#include <stdio.h>
#include <string.h>

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- times to be shown */

static void format_time(char *to, size_t size, const char *format, const struct tm *tm)
{
    if (tm == NULL || strftime(to, size, format, tm) == 0)
        (void)snprintf(to, size, "-"); /* the year has more than four digits */
}

/* Time zones change their offset only at a full quarter of an hour, so within a quarter the local
 * time is that of the quarter's beginning plus the seconds since then. */
#define QUARTER 900
#define DAY     86400

static struct {
    time_t from, until; /* lies in one quarter and in one local day */
    long second;        /* of the local day, at `from` */
    char date[sizeof "YYYY-MM-DD "];
} quarter;

/* Two digits. */
static void put_two(char *to, long number)
{
    to[0] = (char)('0' + number / 10);
    to[1] = (char)('0' + number % 10);
}

void clock_local(char to[CLOCK_LOCAL_SIZE], time_t when)
{
    struct tm tm;

    if (when >= quarter.from && when < quarter.until) {
        long second = quarter.second + (long)(when - quarter.from);

        memcpy(to, quarter.date, sizeof quarter.date - 1);
        to += sizeof quarter.date - 1;
        put_two(to, second / 3600);
        to[2] = ':';
        put_two(to + 3, second / 60 % 60);
        to[5] = ':';
        put_two(to + 6, second % 60);
        to[8] = '\0';
        return;
    }
    if (localtime_r(&when, &tm) == NULL || tm.tm_year < 70 || tm.tm_year > 8099) {
        (void)snprintf(to, CLOCK_LOCAL_SIZE, "-"); /* the year does not have four digits */
        return;
    }
    format_time(to, CLOCK_LOCAL_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
    memcpy(quarter.date, to, sizeof quarter.date - 1);
    quarter.second = tm.tm_hour * 3600L + tm.tm_min * 60L + tm.tm_sec;
    quarter.from = when - when % QUARTER;
    quarter.until = quarter.from + QUARTER;
    if (quarter.until - when > DAY - quarter.second) /* midnight comes first */
        quarter.until = when + (DAY - quarter.second);
    if (when - quarter.from > quarter.second) /* midnight was since then */
        quarter.from = when - quarter.second;
    quarter.second -= (long)(when - quarter.from);
}

void clock_utc(char to[CLOCK_UTC_SIZE], time_t when)
{
    struct tm tm;

    format_time(to, CLOCK_UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
}
