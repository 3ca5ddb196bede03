#define _POSIX_C_SOURCE 200809L

#include "server/wire/print.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct span {
    char *at, *end; /* where the next byte goes, and the last place for the NUL */
};

/* Adds what fits. */
static void add(struct span *span, const char *text, size_t length)
{
    if (length > (size_t)(span->end - span->at))
        length = (size_t)(span->end - span->at);
    memcpy(span->at, text, length);
    span->at += length;
}

/* With zeros in front up to `least` digits. */
static void add_number(struct span *span, uint64_t number, size_t least)
{
    char digits[20], *at = digits + sizeof digits;

    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0 || (size_t)(digits + sizeof digits - at) < least);
    add(span, at, (size_t)(digits + sizeof digits - at));
}

/* The argument of %u, %lu, %llu or %zu; `size` are the letters before the u. */
static uint64_t take_number(const char *size, va_list *arguments)
{
    if (size[0] == 'z')
        return va_arg(*arguments, size_t);
    if (size[0] == 'l' && size[1] == 'l')
        return va_arg(*arguments, unsigned long long);
    return size[0] == 'l' ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
}

/* One conversion: *format stands behind its '%', and is moved past its end. False: a conversion
 * that only vsnprintf knows. */
static bool convert(struct span *span, const char **format, va_list *arguments)
{
    const char *at = *format, *size;
    size_t least = 1;

    if (at[0] == 's') {
        const char *text = va_arg(*arguments, const char *);

        add(span, text, strlen(text));
    } else if (at[0] == 'c') {
        add(span, &(char){(char)va_arg(*arguments, int)}, 1);
    } else if (at[0] == 'd') {
        int number = va_arg(*arguments, int);

        if (number < 0)
            add(span, "-", 1);
        add_number(span, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
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
        add_number(span, take_number(size, arguments), least);
    }
    *format = at + 1;
    return true;
}

size_t print_format(char *to, size_t size, const char *format, va_list arguments)
{
    struct span span = {to, to + size - 1};
    const char *from = format;
    va_list ours;
    bool done = true;

    va_copy(ours, arguments);
    while (done && *from != '\0') {
        if (*from != '%') {
            add(&span, from++, 1);
        } else {
            from++;
            done = convert(&span, &from, &ours);
        }
    }
    va_end(ours);
    if (!done) {
        int length = vsnprintf(to, size, format, arguments);

        return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
    }
    *span.at = '\0';
    return (size_t)(span.at - to);
}
