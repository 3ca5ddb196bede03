/* The texts of a transcript: what a client says, and the pattern that an answer must match.
 *
 * In both:   $NAME           the environment variable of that name
 *            <TEXT*COUNT>    TEXT, COUNT times
 *            \r \t \0 \xHH   a byte; before any other character, \ takes its meaning away
 * In patterns also, as in the shell: ? is one byte, * any number of bytes; and
 *            <time>          2025-02-10 16:57:14
 *            <utc>           2025-02-10T16:57:14Z
 *            <number>        digits
 *            <hex>           hexadecimal digits of lower case
 *            <sha256>        64 of them
 *            <NAME=PATTERN>  what matches PATTERN; from then on $NAME is the text that did
 */
#ifndef TESTS_TOOLS_TRANSCRIPT_PATTERN_H
#define TESTS_TOOLS_TRANSCRIPT_PATTERN_H

#include <stddef.h>

/* The bytes that a text stands for; *length counts them, a NUL follows. The caller frees them.
 * Returns NULL with *error (static words) where the text cannot be understood. */
char *pattern_text(const char *text, size_t *length, const char **error);

/* Whether the whole line matches the pattern: 1 or 0, or -1 with *error where the pattern cannot be
 * understood. On a match, sets the variables of the pattern's <NAME=PATTERN>. */
int pattern_match(const char *pattern, const char *line, size_t length, const char **error);

#endif
