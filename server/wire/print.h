/* A vsnprintf(3) of our own for the conversions in each session's lines: %s, %c, %d and the
 * unsigned %u, %0Nu with l, ll or z. The C library's is slower and touches seven more pages. */
#ifndef SERVER_WIRE_PRINT_H
#define SERVER_WIRE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* Formats as vsnprintf(3) does into `size` bytes, at least 1; a longer text is cut. vsnprintf
 * formats it where a conversion is none of those above. Returns the length of what was written, at
 * most size - 1. */
size_t print_format(char *to, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
