/* Which known word a mistyped one was meant to be. */
#ifndef SERVER_WIRE_NEAREST_H
#define SERVER_WIRE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_WORD 32 /* bytes of a word that is compared; a longer one is near to none */

/* A search: begin it, and try all known words. The last that was nearer than all before it is the
 * nearest; if there was none, none is near. */
struct nearest {
    const char *word; /* the mistyped one */
    size_t best;
};

struct nearest nearest_begin(const char *word);
bool nearest_try(struct nearest *search, const char *known);

#endif
