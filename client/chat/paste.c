#define _POSIX_C_SOURCE 200809L

#include "client/chat/paste.h"

#include <stdio.h>
#include <string.h>

#include "client/chat/chat.h"
#include "client/chat/typing.h"

#define SHOWN_MOST 10 /* lines of a paste, before it is asked about */

/* The next line that is not empty, from *at on, which moves past it. NULL: there is none. */
static const char *next_line(const char **at, size_t *length)
{
    const char *line = *at + strspn(*at, "\n");

    *length = strcspn(line, "\n");
    *at = line + *length;
    return *length > 0 ? line : NULL;
}

/* How many lines there are, and how long the longest is. */
static size_t measure(size_t *longest)
{
    const char *at = chat.paste;
    size_t lines = 0, length;

    *longest = 0;
    for (; next_line(&at, &length) != NULL; lines++)
        if (length > *longest)
            *longest = length;
    return lines;
}

static void ask(size_t lines)
{
    char question[64], line[PROTOCOL_REQUEST_MAX + 1], shown[SHOW_MAX];
    const char *at = chat.paste;

    for (size_t i = 0; i < lines && i < SHOWN_MOST; i++) {
        size_t length;
        const char *begin = next_line(&at, &length);

        (void)snprintf(line, sizeof line, "%.*s", (int)length, begin);
        show_plain(shown, line);
        chat_print(shown);
    }
    if (lines > SHOWN_MOST)
        chat_note("and %zu more", lines - SHOWN_MOST);
    (void)snprintf(question, sizeof question, "Send these %zu lines?", lines);
    chat.asks = ASKS_PASTE;
    typing_ask(question);
}

/* One line is text to be edited, also with the end of the line that a terminal copies. */
static void type(void)
{
    const char *at = chat.paste;
    size_t length;
    const char *line = next_line(&at, &length);

    if (line != NULL && !editor_insert(&chat.editor, line, length))
        chat_wrong("A line has at most %d bytes: not pasted", PROTOCOL_REQUEST_MAX);
}

static void end(void)
{
    size_t lines, longest;

    chat.pasting = false;
    if (chat.paste_refused) {
        chat_wrong("Pasted before this was answered: not taken");
        return;
    }
    chat.paste[chat.paste_used] = '\0';
    lines = measure(&longest);
    if (chat.paste_too_long)
        chat_wrong("More than %d bytes pasted at once: not taken", CHAT_PASTE);
    else if (lines <= 1)
        type();
    else if (longest > PROTOCOL_REQUEST_MAX)
        chat_wrong("A line has at most %d bytes: not pasted", PROTOCOL_REQUEST_MAX);
    else if (lines > CHAT_QUEUE - chat.queued)
        chat_wrong("%zu lines pasted, of which %zu could wait to be sent: not taken", lines,
                   CHAT_QUEUE - chat.queued);
    else
        ask(lines);
}

void paste_begin(void)
{
    chat.pasting = true;
    chat.paste_refused = chat.asks != ASKS_NOTHING; /* it may be about the last one */
    if (chat.paste_refused)
        return;
    (void)editor_key(&chat.editor, KEY_PASTE, "", 0); /* a search ends here, as with any key */
    typing_prompt();
    chat.paste_too_long = false;
    chat.paste_used = 0;
}

void paste_take(enum stroke stroke, const char *bytes, size_t size)
{
    if (stroke == KEY_PASTE_END) {
        end();
        return;
    }
    if (chat.paste_refused)
        return;
    if (stroke == KEY_TAB) {
        bytes = " ";
    } else if (stroke == KEY_ENTER) {
        bytes = "\n";
    } else if (stroke != KEY_TEXT) {
        return;
    }
    if (chat.paste_used + size > CHAT_PASTE) {
        chat.paste_too_long = true;
        return;
    }
    memcpy(chat.paste + chat.paste_used, bytes, size);
    chat.paste_used += size;
}

void paste_answered(bool yes)
{
    const char *at = chat.paste, *line;
    size_t length;

    if (!yes) {
        chat_note("Not sent");
        return;
    }
    while ((line = next_line(&at, &length)) != NULL) {
        char text[PROTOCOL_REQUEST_MAX + 1];

        (void)snprintf(text, sizeof text, "%.*s", (int)length, line);
        typing_queue(text);
    }
}
