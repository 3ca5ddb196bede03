#define _POSIX_C_SOURCE 200809L

#include "client/terminal/columns.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/terminal/show.h"
#include "server/wire/name.h"
#include "server/wire/width.h"

void table_bytes(char *to, size_t size, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;

    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        bytes /= 1000;
        unit++;
    }
    (void)snprintf(to, size, unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

/* Makes room for `needed` entries; *to may move. */
static bool grow(void **to, size_t *capacity, size_t needed, size_t size)
{
    size_t more = *capacity > 0 ? *capacity : 64;
    void *moved;

    if (needed <= *capacity)
        return true;
    while (more < needed)
        more *= 2;
    moved = realloc(*to, more * size);
    if (moved == NULL)
        return false;
    *to = moved;
    *capacity = more;
    return true;
}

void table_add(struct table *table, const char *line)
{
    size_t length = strlen(line) + 1;
    void *bytes = table->bytes, *begin = table->begin;
    bool room = table->count < TABLE_LINES && grow(&bytes, &table->size, table->used + length, 1) &&
                grow(&begin, &table->capacity, table->count + 1, sizeof table->begin[0]);

    table->bytes = bytes;
    table->begin = begin;
    if (!room)
        return;
    memcpy(table->bytes + table->used, line, length);
    table->begin[table->count++] = table->used;
    table->used += length;
}

const char *table_line(const struct table *table, size_t number)
{
    return table->bytes + table->begin[number];
}

void table_clear(struct table *table)
{
    table->count = table->used = 0;
}

void table_free(struct table *table)
{
    free(table->bytes);
    free(table->begin);
    *table = (struct table){.count = 0};
}

bool table_parse_client(const char *line, char name[PROTOCOL_NAME_MAX + 1],
                        char from[TABLE_TIME_SIZE], char to[TABLE_TIME_SIZE])
{
    static const char first[] = "connected: ", second[] = ", disconnected: ";
    const char *rest;

    if (!protocol_parse_name(line, name, &rest) || strncmp(rest, first, strlen(first)) != 0)
        return false;
    rest += strlen(first);
    if (strlen(rest) < 19 + strlen(second) || strncmp(rest + 19, second, strlen(second)) != 0)
        return false;
    (void)snprintf(from, 20, "%.19s", rest);
    (void)snprintf(to, 20, "%.19s", rest + 19 + strlen(second));
    return true;
}

#define TIME_FULL  19 /* columns of 2025-02-10 16:57:14 */
#define TIME_SHORT 11 /* columns of 02-10 16:57, for a window that is too narrow */

/* The start of a time that is shown in `columns` columns: with or without its year. */
static const char *short_time(const char *full, int columns)
{
    return full + (columns == TIME_FULL || strlen(full) < TIME_FULL ? 0 : strlen("2025-"));
}

static void show_clients(const struct table *table, const char *own, size_t columns,
                         table_line_shown *show, void *context)
{
    char name[PROTOCOL_NAME_MAX + 1], from[20], to[20], line[SHOW_MAX], raw[256];
    size_t widest = strlen("NAME"), last = strlen("here (you)");
    int time;

    for (size_t i = 0; i < table->count; i++) {
        if (!table_parse_client(table_line(table, i), name, from, to))
            continue;
        if (width_text(name, strlen(name)) > widest)
            widest = width_text(name, strlen(name));
        if (strcmp(to, "still here") != 0)
            last = TIME_FULL;
    }
    time = 2 + widest + 2 + TIME_FULL + 2 + last < columns ? TIME_FULL : TIME_SHORT;
    for (size_t i = 0; i < table->count; i++) {
        if (!table_parse_client(table_line(table, i), name, from, to)) {
            show_plain(line, table_line(table, i));
        } else {
            const char *end = strcmp(to, "still here") != 0 ? short_time(to, time)
                              : name_same(name, own)        ? "here (you)"
                                                            : "here";

            (void)snprintf(raw, sizeof raw, "  %s%*s  %.*s  %.*s", name,
                           (int)(widest - width_text(name, strlen(name))), "", time,
                           short_time(from, time), time, end);
            show_plain(line, raw);
        }
        show(context, line);
    }
}

bool table_parse_file(const char *line, uint64_t *size, const char **time, const char **name)
{
    char number[24];
    size_t digits = strcspn(line, " ");

    if (digits == 0 || digits >= sizeof number || line[digits] == '\0')
        return false;
    (void)snprintf(number, sizeof number, "%.*s", (int)digits, line);
    *time = line + digits + 1;
    *name = strchr(*time, ' ');
    if (!protocol_parse_number(number, size) || *name == NULL || *name - *time != 20)
        return false;
    return *++*name != '\0';
}

static bool are_files(const struct table *table)
{
    const char *time, *name;
    uint64_t size;

    for (size_t i = 0; i < table->count; i++)
        if (!table_parse_file(table_line(table, i), &size, &time, &name))
            return false;
    return true;
}

#define FILE_COLUMNS 30 /* in front of a file's name, with the year */

static void show_files(const struct table *table, size_t columns, table_line_shown *show,
                       void *context)
{
    int year = (int)strlen("2026-");

    for (size_t i = 0; i < table->count && year > 0; i++) {
        const char *time, *name;
        uint64_t size;

        if (table_parse_file(table_line(table, i), &size, &time, &name) &&
            FILE_COLUMNS + width_text(name, strlen(name)) > columns)
            year = 0;
    }
    for (size_t i = 0; i < table->count; i++) {
        char bytes[16], line[SHOW_MAX], raw[PROTOCOL_REPLY_MAX + 64];
        const char *time, *name;
        uint64_t size;

        if (!table_parse_file(table_line(table, i), &size, &time, &name))
            continue;
        table_bytes(bytes, sizeof bytes, (double)size);
        if (name[strlen(name) - 1] == '/')
            bytes[0] = '\0';
        (void)snprintf(raw, sizeof raw, "  %8s  %.*s%.5s %.5s  %s", bytes, year, time, time + 5,
                       time + 11, name);
        show_plain(line, raw);
        show(context, line);
    }
}

/* Adds spaces and text, unless they do not fit. */
static void append(char to[SHOW_MAX], size_t padding, const char *text)
{
    size_t used = strlen(to), length = strlen(text);

    if (used + padding + length >= SHOW_MAX)
        return;
    memset(to + used, ' ', padding);
    memcpy(to + used + padding, text, length + 1);
}

/* Short names side by side, down the columns. */
static void show_names(const struct table *table, size_t columns, table_line_shown *show,
                       void *context)
{
    char line[SHOW_MAX], all[SHOW_MAX];
    size_t widest = 1, across, down;

    for (size_t i = 0; i < table->count; i++) {
        show_plain(line, table_line(table, i));
        if (width_text(line, strlen(line)) > widest)
            widest = width_text(line, strlen(line));
    }
    across = columns > widest + 4 ? (columns - 3) / (widest + 2) : 1;
    down = (table->count + across - 1) / across;
    for (size_t row = 0; row < down; row++) {
        size_t padding = 2;

        all[0] = '\0';
        for (size_t i = row; i < table->count; i += down) {
            show_plain(line, table_line(table, i));
            append(all, padding, line);
            padding = widest + 2 - width_text(line, strlen(line));
        }
        show(context, all);
    }
}

void table_show(struct table *table, int code, const char *own, size_t columns,
                table_line_shown *show, void *context)
{
    char line[SHOW_MAX];

    if (code == REPLY_CLIENTS)
        show_clients(table, own, columns, show, context);
    else if (code == REPLY_FILES && are_files(table))
        show_files(table, columns, show, context);
    else if (code == REPLY_FILES)
        show_names(table, columns, show, context);
    else
        for (size_t i = 0; i < table->count; i++) {
            char raw[PROTOCOL_REPLY_MAX + 4];

            (void)snprintf(raw, sizeof raw, "  %s", table_line(table, i));
            show_plain(line, raw);
            show(context, line);
        }
    table_clear(table);
}
