#define _POSIX_C_SOURCE 200809L

#include "server/web/date.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* The C library's names follow the locale. */
void date_write(char to[DATE_SIZE], time_t when)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct tm utc;

    if (gmtime_r(&when, &utc) == NULL || utc.tm_year < 0 || utc.tm_year > 9999 - 1900)
        (void)gmtime_r(&(time_t){0}, &utc);
    (void)snprintf(to, DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[utc.tm_wday % 7],
                   (unsigned)utc.tm_mday % 100, months[utc.tm_mon % 12],
                   (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
                   (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
}

/* Days from the Epoch to a date of the Gregorian calendar; the year begins in March, so that the
 * day that some years have more is its last. */
static int64_t days_to(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* A year of two digits is the nearest to now (RFC 9110: not more than 50 years ahead). */
static int whole_year(int year)
{
    time_t now = time(NULL);
    struct tm utc;

    if (year >= 100 || gmtime_r(&now, &utc) == NULL)
        return year;
    year += (utc.tm_year + 1900) / 100 * 100;
    return year > utc.tm_year + 1900 + 50 ? year - 100 : year;
}

bool date_parse(const char *text, time_t *when)
{
    int day, year, hour, minute, second, month = 0;
    char name[4], end = '\0';

    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GM%c", &day, name, &year, &hour,
               &minute, &second, &end) != 7 &&
        sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GM%c", &day, name, &year, &hour,
               &minute, &second, &end) != 7) {
        if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", name, &day, &hour, &minute,
                   &second, &year) != 6)
            return false;
    } else if (end != 'T') {
        return false;
    }
    while (month < 12 && strcmp(name, months[month]) != 0)
        month++;
    year = whole_year(year);
    if (month == 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60 || year < 1)
        return false;
    *when = (time_t)(days_to(year, month + 1, day) * 86400 + hour * 3600 + minute * 60 + second);
    return true;
}
