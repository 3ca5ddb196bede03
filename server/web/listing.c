#define _POSIX_C_SOURCE 200809L

#include "server/web/listing.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/text.h"

static void put_html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        default:
            (void)fputc(*text, out);
        }
}

/* A part of a path, of which only letters, digits, '-', '.', '_' and '~' mean themselves; a
 * directory's '/' at the end stays. */
static void put_link(FILE *out, const char *name)
{
    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            strchr("-._~/", c) != NULL)
            (void)fputc(c, out);
        else
            (void)fprintf(out, "%%%02X", c);
    }
}

static bool is_directory(const struct share_entry *entry)
{
    return entry->name[strlen(entry->name) - 1] == '/';
}

/* Ends the stream. Returns its text, or NULL if not all was written. */
static char *end(FILE *out, char **text)
{
    bool failed = ferror(out) != 0;

    if (fclose(out) == 0 && !failed)
        return *text;
    free(*text);
    return NULL;
}

static void put_row(FILE *out, const struct share_entry *entry, const char *query)
{
    char changed[CLOCK_UTC_SIZE];

    clock_utc(changed, entry->changed);
    (void)fputs("<tr><td><a href=\"", out);
    put_link(out, entry->name);
    (void)fprintf(out, "%s\">", query);
    put_html(out, entry->name);
    if (is_directory(entry))
        (void)fprintf(out, "</a><td><td>%s\n", changed);
    else
        (void)fprintf(out, "</a><td align=\"right\">%" PRIu64 "<td>%s\n", entry->size, changed);
}

static void put_heading(FILE *out, const char *directory)
{
    (void)fputs(directory[0] != '\0' ? "Files in " : "Files", out);
    put_html(out, directory);
}

char *listing_html(const struct listing *listing, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (out == NULL)
        return NULL;
    (void)fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
                out);
    put_heading(out, listing->directory);
    (void)fputs("</title>\n<h1>", out);
    put_heading(out, listing->directory);
    (void)fputs("</h1>\n<table cellpadding=\"4\">\n"
                "<tr><th align=\"left\">Name<th align=\"right\">Bytes<th align=\"left\">Changed\n",
                out);
    if (listing->directory[0] != '\0')
        (void)fprintf(out, "<tr><td><a href=\"../%s\">../</a><td><td>\n", listing->query);
    for (size_t i = 0; i < listing->list->count; i++)
        put_row(out, &listing->list->entry[i], listing->query);
    (void)fputs("</table>\n", out);
    if (listing->list->hidden > 0)
        (void)fprintf(out, "<p>%zu more have names that cannot be shown.\n", listing->list->hidden);
    return end(out, &text);
}

char *listing_json(const struct listing *listing, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (out == NULL)
        return NULL;
    (void)fputs("{\"directory\":", out);
    text_json(out, listing->directory, strlen(listing->directory));
    (void)fputs(",\"files\":[", out);
    for (size_t i = 0; i < listing->list->count; i++) {
        const struct share_entry *entry = &listing->list->entry[i];
        const bool directory = is_directory(entry);
        char changed[CLOCK_UTC_SIZE];

        clock_utc(changed, entry->changed);
        (void)fputs(i > 0 ? ",\n{\"name\":" : "\n{\"name\":", out);
        text_json(out, entry->name, strlen(entry->name) - directory);
        (void)fprintf(out, ",\"size\":%" PRIu64 ",\"time\":\"%s\",\"type\":\"%s\"}", entry->size,
                      changed, directory ? "directory" : "file");
    }
    (void)fprintf(out, "],\"unshown\":%zu}\n", listing->list->hidden);
    return end(out, &text);
}
