#include "client/terminal/wrap.h"

#include <stdbool.h>
#include <string.h>

#include "server/wire/width.h"

#define PREFIX_MOST 256 /* bytes: a time, a name, marks and colours */

/* The bytes of the escape sequence that the text begins with; 0: it begins with none. */
static size_t escape(const char *text)
{
    size_t size = 2;

    if (text[0] != '\033' || text[1] != '[')
        return 0;
    size += strspn(text + size, "0123456789;");
    return size + (text[size] != '\0');
}

void wrap_visible(char *to, size_t room, const char *line)
{
    size_t used = 0;

    while (*line != '\0' && used < room - 1) {
        size_t size = escape(line);

        if (size == 0)
            to[used++] = *line++;
        line += size;
    }
    to[used] = '\0';
}

/* ---- the indent */

/* The bytes of a time in front of the text, with its space. */
static size_t time_size(const char *text)
{
    static const char form[] = "hh:mm ";

    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = (text[i] >= '0' && text[i] <= '9') || text[i] == '-';

        if (form[i] == 'h' || form[i] == 'm' ? !digit : text[i] != form[i])
            return 0;
    }
    return strlen(form);
}

/* The bytes of the name or mark in front of the text, with its space. */
static size_t mark_size(const char *text)
{
    static const char *const marks[] = {"-- ", "*** ", "* "};
    const char *end = text[0] == '<' ? strstr(text, "> ") : text[0] == '[' ? strstr(text, "] ") : 0;

    if (end != NULL)
        return (size_t)(end - text) + 2;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return strspn(text, " ") + 2;
}

size_t wrap_indent(const char *line, size_t columns)
{
    char text[PREFIX_MOST];
    size_t time, size, indent;

    wrap_visible(text, sizeof text, line);
    time = time_size(text);
    size = mark_size(text + time);
    indent = time + (size < strlen(text + time) ? width_text(text + time, size) : 2);
    if (indent > columns / 3)
        indent = time + 2;
    return indent > columns / 3 ? 0 : indent;
}

/* ---- rows */

/* Whether the word has more than so many columns. */
static bool is_longer(const char *word, const char *end, size_t columns)
{
    size_t used = 0, taken;

    while (word < end && *word != ' ' && used <= columns) {
        size_t size = escape(word);

        taken = 0;
        if (size == 0)
            size = width_next(word, (size_t)(end - word), &taken);
        if (taken > 1)
            break; /* wide characters are words of their own */
        used += taken;
        word += size;
    }
    return used > columns;
}

size_t wrap_row(const char *line, size_t columns, size_t later, size_t *next)
{
    size_t length = strlen(line), used = 0, end = 0, columns_here, size;
    bool begun = false, space = false, wide = false, found = false;

    *next = 0;
    for (size_t at = 0; at < length; at += size) {
        size = escape(line + at);
        if (size > 0)
            continue;
        size = width_next(line + at, length - at, &columns_here);
        if (line[at] == ' ' && begun) {
            if (!space)
                end = at;
            if (!space || *next == at)
                *next = at + 1;
            space = found = true;
        } else if (begun && !space && (wide || columns_here > 1)) {
            end = *next = at; /* between these characters, too */
            found = true;
        }
        if (line[at] != ' ') {
            if (used + columns_here > columns && found) {
                if (!is_longer(line + *next, line + length, later))
                    return end;
                found = false;
            }
            space = false;
            begun = true;
            wide = columns_here > 1;
        }
        used += columns_here;
    }
    *next = length;
    return length;
}
