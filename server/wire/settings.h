/* The options of a program in a file: one "NAME VALUE" or "NAME = VALUE" a line, with the long
 * names of the program's table of options. A flag is yes or no. An option that may be repeated adds
 * a value each time; any other may be set once. A value with spaces or '#' stands in quotes: in
 * '...' all is as it is, in "..." \" and \\ are a quote and a backslash. A '#' at the beginning of
 * a word begins a comment. */
#ifndef SERVER_WIRE_SETTINGS_H
#define SERVER_WIRE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "server/wire/options.h"

#define SETTINGS_LINE    8192 /* bytes of a line: room for every path */
#define SETTINGS_OPTIONS 64   /* in a table */

/* Reads a file's text of `length` bytes, which is changed: the values point into it, and
 * text[length] is writable. False: *error is one line, "PROGRAM: PATH:LINE: ...". */
bool settings_read(const struct option_table *table, void *settings, const char *path, char *text,
                   size_t length, char *error, size_t size);

/* Prints all settings so that settings_read reads them; what is not set is a comment. */
void settings_print(const struct option_table *table, const void *settings, FILE *out);

/* The value of an option as text, in `room` or where it lies; number: which value of a list, from
 * 0. NULL: it has none. */
#define SETTINGS_SHOWN 128
const char *settings_value(const struct option *option, const void *settings, size_t number,
                           char room[SETTINGS_SHOWN]);

/* Whether an option has the same values in both. */
bool settings_same(const struct option *option, const void *one, const void *other);

#endif
