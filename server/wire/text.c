#define _POSIX_C_SOURCE 200809L

#include "server/wire/text.h"

#include <stdio.h>
#include <string.h>

size_t text_decode(const char *text, size_t length, uint32_t *character)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t c, least;
    size_t size;

    if (length == 0)
        return 0;
    if (s[0] < 0x80) {
        *character = s[0];
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        size = 2;
        c = s[0] & 0x1fU;
        least = 0x80;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        size = 3;
        c = s[0] & 0x0fU;
        least = 0x800;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        size = 4;
        c = s[0] & 0x07U;
        least = 0x10000;
    } else {
        return 0;
    }
    if (size > length)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fU);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *character = c;
    return size;
}

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\t') || (c >= 0x7f && c <= 0x9f);
}

/* Characters that make a terminal show a line in another order, or as two (UAX #9, UAX #14). */
static bool is_reordering(uint32_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool text_is_clean(const char *text, size_t length)
{
    while (length > 0) {
        uint32_t c;
        size_t size;

        if (*text >= ' ' && *text < 0x7f) { /* most are */
            text++;
            length--;
            continue;
        }
        size = text_decode(text, length, &c);

        if (size == 0 || is_control(c))
            return false;
        text += size;
        length -= size;
    }
    return true;
}

size_t text_show(char *to, size_t size, const char *text, size_t length)
{
    size_t used = 0;

    while (length > 0) {
        char escaped[sizeof "\\u{10ffff}"];
        const char *piece = text;
        uint32_t c;
        size_t taken = text_decode(text, length, &c);
        size_t piece_size = taken;

        if (taken == 0 || is_control(c)) {
            /* byte by byte, so that a C1 character shows both of its bytes */
            taken = 1;
            piece_size = (size_t)snprintf(escaped, sizeof escaped, "\\x%02X",
                                          (unsigned)(unsigned char)*text);
            piece = escaped;
        } else if (is_reordering(c)) {
            piece_size = (size_t)snprintf(escaped, sizeof escaped, "\\u{%04X}", (unsigned)c);
            piece = escaped;
        }
        if (used + piece_size >= size)
            break;
        memcpy(to + used, piece, piece_size);
        used += piece_size;
        text += taken;
        length -= taken;
    }
    to[used] = '\0';
    return used;
}

/* What text_show lets through is UTF-8 without control characters but TAB. */
void text_json(FILE *out, const char *text, size_t length)
{
    fputc('"', out);
    while (length > 0) {
        size_t size = length < 1000 ? length : 1000;
        char shown[TEXT_SHOWN_SIZE(1000)];

        while (size < length && size > 990 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--; /* between characters */
        text_show(shown, sizeof shown, text, size);
        for (const char *c = shown; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\' || *c == '\t')
                fputc('\\', out);
            fputc(*c == '\t' ? 't' : *c, out);
        }
        text += size;
        length -= size;
    }
    fputc('"', out);
}

/* ---- formatting */

struct room {
    char *at, *end; /* end: where the NUL is to be at the latest */
};

static void add(struct room *room, const char *text, size_t length)
{
    if (length > (size_t)(room->end - room->at))
        length = (size_t)(room->end - room->at);
    memcpy(room->at, text, length);
    room->at += length;
}

static void add_number(struct room *room, uint64_t number, size_t least)
{
    char digits[20], *at = digits + sizeof digits;

    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0 || (size_t)(digits + sizeof digits - at) < least);
    add(room, at, (size_t)(digits + sizeof digits - at));
}

/* The number that %u, %lu, %zu, %llu (size: its letters before the u) asks for. */
static uint64_t take_number(const char *size, va_list *arguments)
{
    if (size[0] == 'z')
        return va_arg(*arguments, size_t);
    if (size[0] == 'l' && size[1] == 'l')
        return va_arg(*arguments, unsigned long long);
    return size[0] == 'l' ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
}

/* One conversion, of which *format is what follows its '%'; moves past it. False: not one of ours.
 */
static bool convert(struct room *room, const char **format, va_list *arguments)
{
    const char *at = *format, *size;
    size_t least = 1;

    if (at[0] == 's') {
        const char *text = va_arg(*arguments, const char *);

        add(room, text, strlen(text));
    } else if (at[0] == 'c') {
        add(room, &(char){(char)va_arg(*arguments, int)}, 1);
    } else if (at[0] == 'd') {
        int number = va_arg(*arguments, int);

        if (number < 0)
            add(room, "-", 1);
        add_number(room, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
    } else {
        if (at[0] == '0' && at[1] >= '1' && at[1] <= '9') {
            least = (size_t)(at[1] - '0');
            at += 2;
        }
        size = at;
        while (*at == 'l' || *at == 'z')
            at++;
        if (*at != 'u')
            return false;
        add_number(room, take_number(size, arguments), least);
    }
    *format = at + 1;
    return true;
}

size_t text_format(char *to, size_t size, const char *format, va_list arguments)
{
    struct room room = {to, to + size - 1};
    const char *from = format;
    va_list ours;
    bool done = true;

    va_copy(ours, arguments);
    while (done && *from != '\0') {
        if (*from != '%') {
            add(&room, from++, 1);
        } else {
            from++;
            done = convert(&room, &from, &ours);
        }
    }
    va_end(ours);
    if (!done) {
        int length = vsnprintf(to, size, format, arguments);

        return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
    }
    *room.at = '\0';
    return (size_t)(room.at - to);
}

/* ---- times */

static void format_time(char *to, size_t size, const char *format, const struct tm *tm)
{
    if (tm == NULL || strftime(to, size, format, tm) == 0)
        (void)snprintf(to, size, "-"); /* a year that does not fit: nobody's clock */
}

/* No zone's clock is moved but at a full quarter of an hour, so within one the hands just go on. */
#define QUARTER 900
#define DAY     86400

static struct {
    time_t from, until; /* of one quarter and one local day */
    long second;        /* of the day, at `from` */
    char date[sizeof "YYYY-MM-DD "];
} quarter;

static void put_two(char *to, long number)
{
    to[0] = (char)('0' + number / 10);
    to[1] = (char)('0' + number % 10);
}

void text_local_time(char to[TEXT_TIME_SIZE], time_t when)
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
        (void)snprintf(to, TEXT_TIME_SIZE, "-"); /* nobody's clock */
        return;
    }
    format_time(to, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
    memcpy(quarter.date, to, sizeof quarter.date - 1);
    quarter.second = tm.tm_hour * 3600L + tm.tm_min * 60L + tm.tm_sec;
    quarter.from = when - when % QUARTER;
    quarter.until = quarter.from + QUARTER;
    if (quarter.until - when > DAY - quarter.second) /* tomorrow */
        quarter.until = when + (DAY - quarter.second);
    if (when - quarter.from > quarter.second) /* yesterday */
        quarter.from = when - quarter.second;
    quarter.second -= when - quarter.from;
}

void text_utc_time(char to[TEXT_UTC_SIZE], time_t when)
{
    struct tm tm;

    format_time(to, TEXT_UTC_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
}
