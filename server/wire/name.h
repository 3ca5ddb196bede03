/* What daemon, client and rollcallctl take for the same name: names compare without regard to
 * case. */
#ifndef SERVER_WIRE_NAME_H
#define SERVER_WIRE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the next character, without its case; a byte that is not UTF-8 becomes a number that no
 * character has. The text is not empty. */
uint32_t name_take(const char **text);

/* Whether the texts are the same but for case. */
bool name_same(const char *one, const char *other);

/* The order of two texts but for case, as strcmp(3) has it; 0 where name_same. */
int name_compare(const char *one, const char *other);

/* How many bytes of the text are the same as all of `beginning` but for case; 0: it begins
 * otherwise. */
size_t name_begins(const char *text, const char *beginning);

/* How many bytes of the text the other text begins with, but for case: whole characters. */
size_t name_shared(const char *text, const char *other);

#endif
