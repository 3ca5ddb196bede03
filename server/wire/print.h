/* vsnprintf(3) for what every session says: %s, %c and whole numbers. These do not go through the C
 * library, because that is slower and touches seven more pages. */
#ifndef SERVER_WIRE_PRINT_H
#define SERVER_WIRE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* Formats as vsnprintf(3) does. `size` is at least 1. Returns the length of what was written, at
 * most size - 1: a longer text is cut. Other conversions than those above are left to vsnprintf. */
size_t print_format(char *to, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
