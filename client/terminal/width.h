/* How many columns of a terminal text takes (UAX #11, Unicode 15). */
#ifndef CLIENT_TERMINAL_WIDTH_H
#define CLIENT_TERMINAL_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* Of one character: 0 for a combining one, 2 for a wide one, 1 for others and for what is unknown.
 */
int width_of(uint32_t character);

/* Of `length` bytes of UTF-8; a byte that is none counts as one. */
size_t width_text(const char *text, size_t length);

/* How many bytes fit into so many columns, with the combining characters that belong to them. */
size_t width_fit(const char *text, size_t length, size_t columns);

#endif
