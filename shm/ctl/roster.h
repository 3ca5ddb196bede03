/* The list of those who are expected: a line for each, "NAME", and behind TABs the other names and
 * the addresses that are the same person's. Empty lines, and lines that begin with '#', say
 * nothing. */
#ifndef SHM_CTL_ROSTER_H
#define SHM_CTL_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

struct roster {
    size_t count; /* of persons */
    char **name;
    size_t words;
    struct roster_word {
        char *word;          /* a name or an address */
        size_t person, line; /* line: of the file, from 1 */
    } * word;
    char *text; /* what all of these point into */
};

#define ROSTER_NOBODY ((size_t)-1)

/* Reads the file. Returns 0, or -1 and *error is one line; roster_free in both cases. */
int roster_read(struct roster *roster, const char *path, char *error, size_t size);
void roster_free(struct roster *roster);

/* Who has this name, letters' case aside, or else this address; ROSTER_NOBODY. */
size_t roster_find(const struct roster *roster, const char *name, const char *address);

#endif
