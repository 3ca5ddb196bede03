/* Shows answers of several lines as aligned tables: clients, or files with their sizes. */
#ifndef CLIENT_TERMINAL_COLUMNS_H
#define CLIENT_TERMINAL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/limits.h"
#include "server/wire/protocol.h"

struct table {
    char *bytes; /* the lines, each with its NUL */
    size_t used, size;
    size_t *begin; /* of each */
    size_t count, capacity;
};

/* Keeps a copy of a raw line. Beyond TABLE_LINES, or without memory, the line is dropped. */
void table_add(struct table *table, const char *line);

/* The line with that number, below table->count; valid until the table changes. */
const char *table_line(const struct table *table, size_t number);

/* Removes the lines, and keeps the memory for the next ones. */
void table_clear(struct table *table);

/* Removes the lines, and frees the memory. */
void table_free(struct table *table);

/* Takes a line that is to be shown: sanitized, NUL-terminated, valid during the call. */
typedef void table_line_shown(void *context, const char *line);

/* Passes the lines of an answer to `show`, sanitized, and empties the table. Lists of clients and
 * files are aligned, at most `columns` wide if possible. code: the reply's code. own: the name that
 * is marked in a list of clients; "": none. */
void table_show(struct table *table, int code, const char *own, size_t columns,
                table_line_shown *show, void *context);

/* A client's line, "NAME connected: TIME, disconnected: TIME", or "still here" for the second time.
 */
#define TABLE_TIME_SIZE sizeof "2025-02-10 16:57:14"
bool table_parse_client(const char *line, char name[PROTOCOL_NAME_MAX + 1],
                        char from[TABLE_TIME_SIZE], char to[TABLE_TIME_SIZE]);

/* A file's line, "SIZE TIME NAME"; *time and *name point into it. */
bool table_parse_file(const char *line, uint64_t *size, const char **time, const char **name);

/* Writes a number of bytes for people: "812 B", "1.4 MB". A kB is 1000 bytes. */
void table_bytes(char *to, size_t size, double bytes);

#endif
