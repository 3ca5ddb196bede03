/* Long lines, broken at words, with a hanging indent. */
#ifndef CLIENT_TERMINAL_WRAP_H
#define CLIENT_TERMINAL_WRAP_H

#include <stddef.h>

/* Copies what is visible of a line with this client's escape sequences, at most room - 1 bytes. */
void wrap_visible(char *to, size_t room, const char *line);

/* The columns by which the rows of a line are indented, except the first: where its text begins,
 * behind the time and the name or the mark that show.h puts there; less in a narrow window. */
size_t wrap_indent(const char *line, size_t columns);

/* How many bytes of the line go into a row of so many columns. The line may contain this client's
 * escape sequences. *next: where the next row begins, of `later` columns; the end of the line:
 * there is none. A word that is longer than any row is left whole for the terminal to break, so
 * that it can be copied as one, such as the address of a page. */
size_t wrap_row(const char *line, size_t columns, size_t later, size_t *next);

#endif
