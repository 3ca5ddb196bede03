#define _POSIX_C_SOURCE 200809L

#include "client/chat/paste.h"

#include <stdio.h>
#include <string.h>

void paste_begin(struct paste *paste, bool refused)
{
    paste->open = true;
    paste->refused = refused;
    if (refused)
        return; /* the text is still needed while a question about it is open */
    paste->too_long = false;
    paste->used = 0;
    paste->text[0] = '\0';
}

bool paste_take(struct paste *paste, enum stroke stroke, const char *bytes, size_t size)
{
    if (stroke == KEY_PASTE_END) {
        paste->open = false;
        return true;
    }
    if (paste->refused)
        return false;
    if (stroke == KEY_TAB)
        bytes = " ";
    else if (stroke == KEY_ENTER)
        bytes = "\n";
    else if (stroke != KEY_TEXT)
        return false;
    if (paste->used + size > PASTE_MAX) {
        paste->too_long = true;
        return false;
    }
    memcpy(paste->text + paste->used, bytes, size);
    paste->used += size;
    paste->text[paste->used] = '\0';
    return false;
}

void paste_end(struct paste *paste, bool dropped)
{
    paste->open = false;
    if (dropped && !paste->refused) {
        paste->used = 0;
        paste->text[0] = '\0';
    }
}

/* The next non-empty line from *at on; *at moves past that line. NULL: there is none. */
static const char *next_line(const char **at, size_t *length)
{
    const char *line = *at + strspn(*at, "\n");

    *length = strcspn(line, "\n");
    *at = line + *length;
    return *length > 0 ? line : NULL;
}

enum paste_kind paste_kind(const struct paste *paste, size_t *lines)
{
    const char *at = paste->text;
    size_t length, longest = 0;

    *lines = 0;
    if (paste->refused)
        return PASTE_REFUSED;
    for (; next_line(&at, &length) != NULL; ++*lines)
        if (length > longest)
            longest = length;
    if (paste->too_long)
        return PASTE_TOO_LONG;
    if (longest > PROTOCOL_REQUEST_MAX)
        return PASTE_LINE_TOO_LONG;
    return *lines > 1 ? PASTE_LINES : PASTE_LINE;
}

bool paste_next(const struct paste *paste, size_t *at, char line[PROTOCOL_REQUEST_MAX + 1])
{
    const char *rest = paste->text + *at;
    size_t length;
    const char *begin = next_line(&rest, &length);

    *at = (size_t)(rest - paste->text);
    if (begin == NULL)
        return false;
    (void)snprintf(line, PROTOCOL_REQUEST_MAX + 1, "%.*s", (int)length, begin);
    return true;
}
