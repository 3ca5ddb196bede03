#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/wire/entry.h"

struct parts {
    int year, month, day, hour, minute, second;
    bool has_date, has_time, has_second, utc;
};

/* `count` digits. */
static bool take_digits(const char **text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return true;
}

static bool take(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    ++*text;
    return true;
}

static bool take_time(const char **text, struct parts *parts)
{
    parts->has_time = true;
    if (!take_digits(text, 2, &parts->hour) || !take(text, ':') ||
        !take_digits(text, 2, &parts->minute))
        return false;
    parts->has_second = take(text, ':');
    if (parts->has_second && !take_digits(text, 2, &parts->second))
        return false;
    parts->utc = take(text, 'Z');
    return parts->hour <= 23 && parts->minute <= 59 && parts->second <= 59;
}

static bool take_all(const char *text, struct parts *parts)
{
    parts->has_date = strlen(text) >= 10 && text[4] == '-';
    if (!parts->has_date)
        return take_time(&text, parts) && *text == '\0';
    if (!take_digits(&text, 4, &parts->year) || !take(&text, '-') ||
        !take_digits(&text, 2, &parts->month) || !take(&text, '-') ||
        !take_digits(&text, 2, &parts->day) || parts->year < 1970)
        return false;
    if (*text == '\0')
        return true;
    return (take(&text, ' ') || take(&text, 'T')) && take_time(&text, parts) && *text == '\0';
}

static bool find_utc(const struct parts *parts, int64_t *when)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.000Z", parts->year,
                   parts->month, parts->day, parts->hour, parts->minute, parts->second);
    return entry_parse_time(text, when);
}

/* mktime(3) moves what is no date, and no time of that day, to another one. */
static bool find_local(const struct parts *parts, int days, int64_t *when)
{
    struct tm tm = {.tm_year = parts->year - 1900,
                    .tm_mon = parts->month - 1,
                    .tm_mday = parts->day + days,
                    .tm_hour = parts->hour,
                    .tm_min = parts->minute,
                    .tm_sec = parts->second,
                    .tm_isdst = -1};
    time_t seconds = mktime(&tm);

    *when = (int64_t)seconds * 1000;
    return seconds != (time_t)-1 &&
           (days > 0 ||
            (tm.tm_mday == parts->day && tm.tm_mon == parts->month - 1 &&
             (!parts->has_time || (tm.tm_hour == parts->hour && tm.tm_min == parts->minute))));
}

bool moment_parse(const char *text, int64_t now, bool to_end, int64_t *when)
{
    struct parts parts = {.has_date = false};
    time_t seconds = (time_t)(now / 1000);
    struct tm today;

    if (!take_all(text, &parts))
        return false;
    if (!parts.has_date) {
        if ((parts.utc ? gmtime_r(&seconds, &today) : localtime_r(&seconds, &today)) == NULL)
            return false;
        parts.year = today.tm_year + 1900;
        parts.month = today.tm_mon + 1;
        parts.day = today.tm_mday;
    }
    if (parts.utc ? !find_utc(&parts, when) : !find_local(&parts, 0, when))
        return false;
    if (to_end && !parts.has_time) { /* not a day's length, because a day may have 23 hours */
        if (!find_local(&parts, 1, when))
            return false;
        --*when;
    } else if (to_end) {
        *when += parts.has_second ? 999 : 59999;
    }
    return true;
}
