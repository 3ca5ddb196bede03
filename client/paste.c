#define _POSIX_C_SOURCE 200809L

#include "client/paste.h"

#include <stdio.h>
#include <string.h>

#include "client/chat.h"
#include "client/typing.h"

#define SHOWN_MOST 10 /* lines of a paste, before it is asked about */

static size_t paste_lines(bool queue)
{
    size_t lines = 0;

    for (char *line = chat.paste, *end; line != NULL && *line != '\0'; line = end) {
        char text[PROTOCOL_REQUEST_MAX + 1], shown[SHOW_MAX];

        end = strchr(line, '\n');
        if (end != NULL)
            end++;
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
        if (text[0] == '\0')
            continue;
        if (queue)
            typing_queue(text);
        else if (lines < SHOWN_MOST) {
            show_plain(shown, text);
            chat_print(shown);
        }
        lines++;
    }
    return lines;
}

static void end_paste(void)
{
    char question[64];
    size_t lines;

    chat.pasting = false;
    chat.paste[chat.paste_used] = '\0';
    if (chat.paste_too_long) {
        chat_wrong("More than %d bytes pasted at once: not taken", CHAT_PASTE);
    } else if (strchr(chat.paste, '\n') == NULL) {
        if (!editor_insert(&chat.editor, chat.paste, chat.paste_used))
            chat_wrong("A line has at most %d bytes: not pasted", PROTOCOL_REQUEST_MAX);
    } else {
        lines = paste_lines(false);
        if (lines > SHOWN_MOST)
            chat_note("and %zu more", lines - SHOWN_MOST);
        (void)snprintf(question, sizeof question, "Send these %zu lines?", lines);
        chat.asks = ASKS_PASTE;
        typing_ask(question);
    }
}

void paste_take(enum stroke stroke, const char *bytes, size_t size)
{
    if (stroke == KEY_PASTE_END) {
        end_paste();
        return;
    }
    if (stroke == KEY_TAB) {
        bytes = " ";
    } else if (stroke == KEY_ENTER) {
        if (bytes[0] == '\n' && chat.paste_used > 0 && chat.paste[chat.paste_used - 1] == '\n')
            return; /* of CR LF */
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

void paste_begin(void)
{
    chat.pasting = true;
    chat.paste_too_long = false;
    chat.paste_used = 0;
}

void paste_answered(bool yes)
{
    if (yes)
        (void)paste_lines(true);
    else
        chat_note("Not sent");
}
