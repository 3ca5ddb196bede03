#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/wire/entry.h"
#include "shm/ctl/moment.h"
#include "tests/unit/tap.h"

static struct entry_text text;

/* Writes an entry with one value, and reads it. */
static const char *through(const char *value, struct entry *read)
{
    const struct entry entry = {.sequence = 7,
                                .when = 1764158494567,
                                .boot = 1234,
                                .event = "fetched",
                                .serial = 3,
                                .place = 2,
                                .name = "anna",
                                .address = "fe80::1%2",
                                .port = 4711};
    static char line[ENTRY_MAX];

    entry_begin(&text, &entry);
    entry_add(&text, "file", value);
    entry_add_number(&text, "n", 9);
    entry_end(&text);
    memcpy(line, text.text, text.used);
    line[text.used - 1] = '\0';
    return entry_parse(line, read) ? entry_value(read, "file") : NULL;
}

static void test_lines(void)
{
    static const char *const values[] = {"",
                                         "a b=c",
                                         "a\\b\tc",
                                         "\\t\\x41",
                                         "\x01\x1f\x7f\xff",
                                         "\xe2\x80\xae evil",
                                         "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"};
    struct entry entry;
    char most[4096];

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const char *back = through(values[i], &entry);

        OK(back != NULL && strcmp(back, values[i]) == 0);
        OK(memchr(text.text, '\x1b', text.used) == NULL &&
           memchr(text.text, '\n', text.used) == text.text + text.used - 1);
    }
    OK(entry.sequence == 7 && entry.when == 1764158494567 && entry.boot == 1234 &&
       strcmp(entry.event, "fetched") == 0 && entry.serial == 3 && entry.place == 2 &&
       strcmp(entry.name, "anna") == 0 && strcmp(entry.address, "fe80::1%2") == 0 &&
       entry.port == 4711 && entry_number(&entry, "n", 0) == 9 &&
       entry_number(&entry, "m", 5) == 5);
    memset(most, '\\', sizeof most - 1);
    most[sizeof most - 1] = '\0';
    OK(strcmp(through(most, &entry), most) == 0);
}

static void test_damage(void)
{
    static const char *const lines[] = {
        "",
        "1\t2026-11-26T12:01:34.567Z\t5\tstarted\t-\t-\t-\t-",
        "x\t2026-11-26T12:01:34.567Z\t5\tstarted\t-\t-\t-\t-\t-",
        "1\t2026-11-26 12:01:34.567Z\t5\tstarted\t-\t-\t-\t-\t-",
        "1\t2026-13-26T12:01:34.567Z\t5\tstarted\t-\t-\t-\t-\t-",
        "1\t2026-11-26T12:01:34.567Z\t5\tstarted\t-\t-\t-\t-\t65536",
        "1\t2026-11-26T12:01:34.567Z\t5\tstarted\t-\t-\t-\t-\t-\tkey",
        "1\t2026-11-26T12:01:34.567Z\t5\t\t-\t-\t-\t-\t-",
    };
    struct entry entry;
    char line[128];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)snprintf(line, sizeof line, "%s", lines[i]);
        OK(!entry_parse(line, &entry));
    }
    (void)snprintf(line, sizeof line, "%s\tkey=\\x0",
                   "1\t2026-11-26T12:01:34.567Z\t5\ta\t-\t-\t-\t-\t-");
    OK(entry_parse(line, &entry) && strcmp(entry_value(&entry, "key"), "\\x0") == 0);
}

static void test_times(void)
{
    char shown[ENTRY_TIME];
    int64_t when;

    entry_time(shown, 0);
    OK(strcmp(shown, "1970-01-01T00:00:00.000Z") == 0);
    entry_time(shown, INT64_MAX);
    OK(strcmp(shown, "9999-12-31T23:59:59.999Z") == 0);
    entry_time(shown, INT64_C(1709210096789)); /* a leap day */
    OK(strcmp(shown, "2024-02-29T12:34:56.789Z") == 0);
    OK(entry_parse_time(shown, &when) && when == INT64_C(1709210096789));
    OK(entry_parse_time("1970-01-01T00:00:00.000Z", &when) && when == 0);
    OK(entry_parse_time("2100-03-01T00:00:00.000Z", &when) && when == INT64_C(4107542400000));
}

static void test_moments(void)
{
    const int64_t now = INT64_C(1709210096789), day = 86400000;
    int64_t when;

    (void)setenv("TZ", "UTC0", 1);
    OK(moment_parse("2024-02-29", now, false, &when) && when == now - now % day);
    OK(moment_parse("2024-02-29", now, true, &when) && when == now - now % day + day - 1);
    OK(moment_parse("12:34", now, false, &when) && when == now - now % 60000);
    OK(moment_parse("12:34", now, true, &when) && when == now - now % 60000 + 59999);
    OK(moment_parse("12:34:56Z", now, false, &when) && when == now - now % 1000);
    OK(moment_parse("2024-02-29T12:34:56", now, false, &when) && when == now - now % 1000);
    OK(!moment_parse("2023-02-29", now, false, &when));
    OK(!moment_parse("24:00", now, false, &when));
    OK(!moment_parse("9:00", now, false, &when));
    OK(!moment_parse("2024-02-29 ", now, false, &when));
    OK(!moment_parse("", now, false, &when));
}

int main(void)
{
    test_lines();
    test_damage();
    test_times();
    test_moments();
    return tap_end();
}
