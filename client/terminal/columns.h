/* Answers of several lines as aligned tables: who is here, files with their sizes. */
#ifndef CLIENT_TERMINAL_COLUMNS_H
#define CLIENT_TERMINAL_COLUMNS_H

#include <stddef.h>

#include "server/wire/protocol.h"

#define TABLE_LINES 65536 /* more than a listing has */

struct table {
    char *bytes; /* the lines, each with its NUL */
    size_t used, size;
    size_t *begin; /* of each */
    size_t count, room;
};

/* Keeps a copy of a line, raw. Beyond TABLE_LINES, or without memory, it is dropped. */
void table_add(struct table *table, const char *line);

/* The line of that number, which is there. */
const char *table_line(const struct table *table, size_t number);

void table_clear(struct table *table);

/* Gives its lines to `show`, aligned where they are such of this reply code, sanitized, each at
 * most `columns` wide where it can be; then it is empty. own: is marked in a list of clients. */
void table_show(struct table *table, int code, const char *own, size_t columns,
                void (*show)(const char *line));

/* "812 B", "1.4 MB": of 1000 each, as disks are sold. */
void table_bytes(char *to, size_t size, double bytes);

#endif
