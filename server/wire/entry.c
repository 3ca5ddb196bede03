#define _POSIX_C_SOURCE 200809L

#include "server/wire/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/wire/protocol.h"
#include "server/wire/text.h"

#define TIME_MOST INT64_C(253402300799999) /* the last millisecond of the year 9999 */
#define FIELDS    9                        /* before the keys */

/* ---- times */

void entry_time(char to[ENTRY_TIME], int64_t when)
{
    int64_t shown = when < 0 ? 0 : when > TIME_MOST ? TIME_MOST : when;
    time_t seconds = (time_t)(shown / 1000);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL || strftime(to, ENTRY_TIME, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        to[0] = '\0';
    (void)snprintf(to + strlen(to), ENTRY_TIME - strlen(to), ".%03dZ", (int)(shown % 1000));
}

/* Days from the Epoch to a date of the Gregorian calendar, counting years from March. */
static int64_t days_to(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t since_march = month > 2 ? month - 3 : month + 9;

    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 +
           (153 * since_march + 2) / 5 + day - 1 - 719468;
}

bool entry_parse_time(const char *text, int64_t *when)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    int64_t year, month, day, hour, minute, second;

    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    year = strtol(text, NULL, 10);
    month = strtol(text + 5, NULL, 10);
    day = strtol(text + 8, NULL, 10);
    hour = strtol(text + 11, NULL, 10);
    minute = strtol(text + 14, NULL, 10);
    second = strtol(text + 17, NULL, 10);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    *when = ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60000 + second * 1000 +
            strtol(text + 20, NULL, 10);
    return true;
}

/* ---- reading */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The UTF-8 of a character that text_show writes as \u{HHHH}: three bytes, or two. */
static size_t put_character(char *to, unsigned character)
{
    if (character < 0x800) {
        to[0] = (char)(0xc0 | character >> 6);
        to[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | character >> 12);
    to[1] = (char)(0x80 | (character >> 6 & 0x3f));
    to[2] = (char)(0x80 | (character & 0x3f));
    return 3;
}

/* Undoes an escape at `from`, which is at a backslash. Returns how many bytes it took; 0: it is no
 * escape. A NUL cannot be in a C string, and stays escaped. */
static size_t unescape_one(const char *from, char *to, size_t *put)
{
    int high, low;

    *put = 1;
    if (from[1] == '\\' || from[1] == 't') {
        *to = from[1] == 't' ? '\t' : '\\';
        return 2;
    }
    if (from[1] == 'x' && (high = hex_digit(from[2])) >= 0 && (low = hex_digit(from[3])) >= 0 &&
        high + low > 0) {
        *to = (char)(high * 16 + low);
        return 4;
    }
    if (strncmp(from, "\\u{", 3) == 0 && strspn(from + 3, "0123456789ABCDEF") == 4 &&
        from[7] == '}') {
        unsigned long character = strtoul(from + 3, NULL, 16);

        if (character < 0x80)
            return 0;
        *put = put_character(to, (unsigned)character);
        return 8;
    }
    return 0;
}

static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0';) {
        size_t put = 1, took = *from == '\\' ? unescape_one(from, to, &put) : 0;

        if (took == 0) {
            *to = *from;
            took = 1;
        }
        from += took;
        to += put;
    }
    *to = '\0';
}

/* The next field of *rest, NUL-terminated; NULL: there is none. */
static char *next_field(char **rest)
{
    char *field = *rest, *tab;

    if (field == NULL)
        return NULL;
    tab = strchr(field, '\t');
    if (tab != NULL)
        *tab++ = '\0';
    *rest = tab;
    return field;
}

/* A number, or "-" for 0. */
static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
    *number = 0;
    return strcmp(text, "-") == 0 || (protocol_parse_number(text, number) && *number <= most);
}

bool entry_parse(char *line, struct entry *entry)
{
    char *field[FIELDS], *key, *rest = line;
    uint64_t boot, place, port;

    for (size_t i = 0; i < FIELDS; i++)
        if ((field[i] = next_field(&rest)) == NULL || field[i][0] == '\0')
            return false;
    if (!protocol_parse_number(field[0], &entry->sequence) ||
        !entry_parse_time(field[1], &entry->when) || !protocol_parse_number(field[2], &boot) ||
        !parse_number(field[4], INT64_MAX, &entry->serial) ||
        !parse_number(field[5], UINT32_MAX, &place) || !parse_number(field[8], 65535, &port))
        return false;
    entry->boot = (int64_t)boot;
    entry->event = field[3];
    entry->place = (uint32_t)place;
    entry->name = field[6];
    entry->address = field[7];
    entry->port = (unsigned)port;
    entry->keys = 0;
    while ((key = next_field(&rest)) != NULL) {
        char *equals = strchr(key, '=');

        if (equals == NULL)
            return false;
        *equals = '\0';
        unescape(equals + 1);
        if (entry->keys < ENTRY_KEYS) {
            entry->key[entry->keys].key = key;
            entry->key[entry->keys++].value = equals + 1;
        }
    }
    return true;
}

const char *entry_value(const struct entry *entry, const char *key)
{
    for (size_t i = 0; i < entry->keys; i++)
        if (strcmp(entry->key[i].key, key) == 0)
            return entry->key[i].value;
    return NULL;
}

uint64_t entry_number(const struct entry *entry, const char *key, uint64_t otherwise)
{
    const char *value = entry_value(entry, key);
    uint64_t number;

    return value != NULL && protocol_parse_number(value, &number) ? number : otherwise;
}

/* ---- writing: the last byte is the LF's, and one follows for the NUL */

static void put(struct entry_text *to, const char *text, size_t length)
{
    if (length > sizeof to->text - 2 - to->used)
        length = sizeof to->text - 2 - to->used;
    memcpy(to->text + to->used, text, length);
    to->used += length;
}

static void put_text(struct entry_text *to, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\\\t");
        size_t room = sizeof to->text - 1 - to->used;

        to->used += text_show(to->text + to->used, room, text, length);
        text += length;
        if (*text != '\0')
            put(to, *text++ == '\t' ? "\\t" : "\\\\", 2);
    }
}

static void put_number(struct entry_text *to, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);

    put(to, digits, (size_t)length);
}

static void put_field(struct entry_text *to, uint64_t number)
{
    put(to, "\t", 1);
    if (number == 0)
        put(to, "-", 1);
    else
        put_number(to, number);
}

void entry_begin(struct entry_text *to, const struct entry *entry)
{
    char when[ENTRY_TIME];

    to->used = 0;
    entry_time(when, entry->when);
    put_number(to, entry->sequence);
    put(to, "\t", 1);
    put(to, when, strlen(when));
    put(to, "\t", 1);
    put_number(to, entry->boot < 0 ? 0 : (uint64_t)entry->boot);
    put(to, "\t", 1);
    put(to, entry->event, strlen(entry->event));
    put_field(to, entry->serial);
    put_field(to, entry->place);
    put(to, "\t", 1);
    put_text(to, entry->name);
    put(to, "\t", 1);
    put_text(to, entry->address);
    put_field(to, entry->port);
}

void entry_add(struct entry_text *to, const char *key, const char *value)
{
    put(to, "\t", 1);
    put(to, key, strlen(key));
    put(to, "=", 1);
    put_text(to, value);
}

void entry_add_number(struct entry_text *to, const char *key, uint64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%" PRIu64, number);
    entry_add(to, key, digits);
}

void entry_add_time(struct entry_text *to, const char *key, int64_t when)
{
    char text[ENTRY_TIME];

    entry_time(text, when);
    entry_add(to, key, text);
}

void entry_end(struct entry_text *to)
{
    to->text[to->used++] = '\n';
    to->text[to->used] = '\0';
}
