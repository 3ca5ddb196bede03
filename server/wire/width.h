/* How many columns text takes on a terminal (UAX #11, Unicode 15). */
#ifndef SERVER_WIRE_WIDTH_H
#define SERVER_WIRE_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* The columns of a character: 0 for a combining one, 2 for a wide one, 1 for all others. */
int width_of(uint32_t character);

/* The first grapheme of the text: what a person takes for one character, such as a letter with its
 * marks, a flag, or joined pictures. Returns its bytes (an invalid byte is one), and *columns is
 * how many it takes at most: terminals that know nothing of joining draw all of its parts. */
size_t width_next(const char *text, size_t length, size_t *columns);

/* The byte at which the grapheme begins that the byte `at` is in; `length`: the end of the text. */
size_t width_begin(const char *text, size_t length, size_t at);

/* The columns of `length` bytes of UTF-8, at most. */
size_t width_text(const char *text, size_t length);

/* How many of the bytes fit into so many columns; graphemes stay whole. */
size_t width_fit(const char *text, size_t length, size_t columns);

#endif
