/* What rollcall knows of Unicode's letters: which characters a name may have, and which of them are
 * the same but for their case. */
#ifndef SERVER_WIRE_LETTERS_H
#define SERVER_WIRE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this is a letter, a mark or a digit that can be seen. Combining accents are not, and
 * neither are the parts of Korean syllables: there are characters for what they make. */
bool letters_is(uint32_t c);

/* Whether it is a mark, which belongs to the letter before it. */
bool letters_is_mark(uint32_t c);

/* The character without its case: its simple case folding. */
uint32_t letters_fold(uint32_t c);

#endif
