/* Text from outside: what is acceptable on the wire, and the one sanitizer that bytes from a peer
 * pass before a log, a journal, a terminal or JSON. Includes nothing of ours; anybody may use it.
 */
#ifndef SERVER_WIRE_TEXT_H
#define SERVER_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One character of UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) from the
 * `length` bytes at `text`. Returns how many bytes it takes, or 0 where they are not valid. */
size_t text_decode(const char *text, size_t length, uint32_t *character);

/* Whether these bytes may stand in a request: valid UTF-8 without control characters (C0 but TAB,
 * DEL, C1). */
bool text_is_clean(const char *text, size_t length);

/* Copies text so that it can be shown: control characters but TAB and bytes that are not UTF-8
 * become \xHH; characters that reorder or break a line (the bidirectional controls, U+2028, U+2029)
 * become \u{HHHH}. Always NUL-terminated, cut between characters; at worst `size` is needed to be
 * TEXT_SHOWN_SIZE(length). Returns the length of what was written. */
size_t text_show(char *to, size_t size, const char *text, size_t length);
#define TEXT_SHOWN_SIZE(length) (4 * (length) + 1)

/* The same as a JSON string (RFC 8259) with its quotes, of text that is as long. */
void text_json(FILE *out, const char *text, size_t length);

#endif
