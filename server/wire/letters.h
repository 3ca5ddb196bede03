/* What rollcall knows of Unicode's letters: which characters a name may have, and which of them are
 * the same. No more of Unicode than that: scripts/letters has the rules and makes the tables. */
#ifndef SERVER_WIRE_LETTERS_H
#define SERVER_WIRE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this is a letter, a mark or a digit that can be seen and is no variant of another one,
 * such as a wide letter. Combining accents are not, and neither are the parts of Korean syllables:
 * there are characters for what they make. */
bool letters_is(uint32_t c);

/* Whether it is a mark, which belongs to the letter before it. */
bool letters_is_mark(uint32_t c);

/* The order in which marks of one letter stand: never after one of a higher number, but for 0. */
unsigned letters_order(uint32_t c);

/* Whether there is one character for these two. */
bool letters_compose(uint32_t first, uint32_t second);

/* The number of the character's script, if some of its letters look like those of others: Latin,
 * Greek, Cyrillic, Armenian, Cherokee, Lisu, Coptic. 0: none of these. */
unsigned letters_script(uint32_t c);

/* What names are compared by: the character without its case (simple case folding), the ASCII digit
 * for a digit of any script, and one for those that look alike, as Latin and Cyrillic "a". */
uint32_t letters_fold(uint32_t c);

#endif
