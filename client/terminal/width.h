/* How many columns text takes on a terminal (UAX #11, Unicode 15). */
#ifndef CLIENT_TERMINAL_WIDTH_H
#define CLIENT_TERMINAL_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* The columns of a character: 0 for a combining one, 2 for a wide one, 1 for all others. */
int width_of(uint32_t character);

/* The columns of `length` bytes of UTF-8. An invalid byte counts as 1. */
size_t width_text(const char *text, size_t length);

/* How many of the bytes fit into so many columns, with the combining characters after the last one.
 */
size_t width_fit(const char *text, size_t length, size_t columns);

#endif
