/* Text from outside: which bytes a request may contain, and the sanitizer for all bytes from a peer
 * before they reach a log, a journal, a terminal or JSON. */
#ifndef SERVER_WIRE_TEXT_H
#define SERVER_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads one character of UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) from
 * the `length` bytes at text. Returns how many bytes the character has; 0 where they are not valid.
 */
size_t text_decode(const char *text, size_t length, uint32_t *character);

/* Whether a request may hold these bytes: valid UTF-8 without control characters other than TAB
 * (C0, DEL and C1). */
bool text_is_clean(const char *text, size_t length);

/* Whether a file may have this name, handed out or handed in: whoever reads it can type it. That is
 * clean text without a TAB and without the characters that text_show replaces. */
bool text_is_name(const char *name, size_t length);

/* The ending of an English noun of which there are so many: "" or "s". */
const char *text_s(uint64_t count);

/* Whether text_show would change the text. */
bool text_hides(const char *text, size_t length);

/* Copies text so that it can be shown: control characters other than TAB, and bytes that are not
 * UTF-8, become \xHH; characters that reorder or break a line (the bidirectional controls, U+2028,
 * U+2029) or that nobody sees (as U+200B, U+00AD and tags) become \u{HHHH}. Writes at most `size`
 * bytes, at least 1, with a NUL, and cuts between characters; TEXT_SHOWN_SIZE(length) bytes are
 * always enough. Returns the length of what was written. */
size_t text_show(char *to, size_t size, const char *text, size_t length);
#define TEXT_SHOWN_SIZE(length) (4 * (length) + 1)

/* Writes what text_show makes of the text, uncut, as a JSON string (RFC 8259) with its quotes.
 * Errors are the stream's (ferror(3)). */
void text_json(FILE *out, const char *text, size_t length);

/* Characters from `first` to `last`. */
struct text_range {
    uint32_t first, last;
};

/* The one of `count` rows of `size` bytes that the character belongs to, or NULL. Each row begins
 * with a struct text_range; these are in order and do not overlap. */
const void *text_find_range(const void *rows, size_t count, size_t size, uint32_t c);

/* Whether the character is in one of the ranges, as above. */
bool text_is_in(const struct text_range *ranges, size_t count, uint32_t c);

#endif
