/* typing and paste: bytes of a terminal as events. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "client/chat/typing.h"
#include "tests/unit/tap.h"

static struct typing typing;
static char prompt[SCREEN_STATUS];

/* As if they had been read. */
static void type(const char *bytes)
{
    size_t size = strlen(bytes);

    memcpy(typing.keys + typing.used, bytes, size);
    typing.used += size;
}

/* The first event that is no mere change of the line. */
static enum typing_event next(void)
{
    enum typing_event event;

    do
        event = typing_next(&typing, false);
    while (event == TYPING_CHANGED);
    return event;
}

static enum typing_event after(const char *bytes)
{
    type(bytes);
    return next();
}

static bool is_text(const char *text)
{
    return strcmp(typing.editor.text, text) == 0;
}

static void test_keys(void)
{
    OK(after("hello") == TYPING_NOTHING && is_text("hello") && !typing_is_idle(&typing));
    OK(after("\r") == TYPING_LINE && strcmp(typing.line, "hello") == 0 && is_text(""));
    OK(typing_is_idle(&typing));
    OK(after("\r") == TYPING_LINE && typing.line[0] == '\0');
    OK(after("ab\rcd\r") == TYPING_LINE && strcmp(typing.line, "ab") == 0);
    OK(next() == TYPING_LINE && strcmp(typing.line, "cd") == 0 && next() == TYPING_NOTHING);
    OK(after("\x04") == TYPING_LEAVE && after("\x1a") == TYPING_SUSPEND);
    OK(after("\x0c") == TYPING_CLEAR);
    /* Ctrl-C empties a line first; the warning ends with any other key */
    OK(after("x\x03") == TYPING_NOTHING && is_text(""));
    OK(after("\x03") == TYPING_STOP);
    typing.warned = true;
    OK(after("\x03") == TYPING_STOP && typing.warned);
    OK(after("x\x7f") == TYPING_NOTHING && !typing.warned);
    /* the beginning of a key waits for its rest */
    OK(after("\x1b") == TYPING_NOTHING && typing_is_half(&typing));
    OK(typing_next(&typing, true) == TYPING_CHANGED && !typing_is_half(&typing));
}

static void test_prompt(void)
{
    OK(typing_prompt(&typing, prompt) == &typing.editor && strcmp(prompt, "> ") == 0);
    OK(after("\x12zz") == TYPING_NOTHING);
    OK(typing_prompt(&typing, prompt) == &typing.editor);
    OK(strcmp(prompt, "(failed search 'zz') ") == 0);
    OK(after("\x07") == TYPING_NOTHING);
}

static void test_question(void)
{
    typing_ask(&typing, TYPING_ASKS_FILE, "Overwrite it?");
    OK(typing_prompt(&typing, prompt) == NULL && strcmp(prompt, "Overwrite it? (y/N) ") == 0);
    OK(!typing_is_idle(&typing));
    OK(after("x") == TYPING_REJECTED && after("\x1b[D") == TYPING_REJECTED);
    OK(after("y\rz") == TYPING_YES && typing.asks == TYPING_ASKS_NOTHING);
    OK(next() == TYPING_LINE && next() == TYPING_NOTHING && is_text("z")); /* not an answer, too */
    OK(after("\x15") == TYPING_NOTHING);
    typing_ask(&typing, TYPING_ASKS_FILE, "Overwrite it?");
    OK(after("\r") == TYPING_NO);
    typing_ask(&typing, TYPING_ASKS_FILE, "Overwrite it?");
    OK(after("\x03") == TYPING_NO);
    typing_ask(&typing, TYPING_ASKS_PASTE, "Send it?");
    OK(after("Y") == TYPING_SEND);
    typing_ask(&typing, TYPING_ASKS_PASTE, "Send it?");
    OK(after("n") == TYPING_DISCARD);
}

static void test_tab(void)
{
    OK(after("fi\tle") == TYPING_TAB && is_text("fi"));
    typing_hold(&typing);
    OK(after("x\r") == TYPING_NOTHING && is_text("fi") && !typing_is_half(&typing));
    typing_release(&typing);
    OK(next() == TYPING_LINE && strcmp(typing.line, "filex") == 0);
    /* Ctrl-C ends the wait */
    OK(after("fi\tab\x03") == TYPING_TAB);
    typing_hold(&typing);
    OK(next() == TYPING_NOTHING && is_text("") && !typing.held);
}

#define BEGIN "\x1b[200~"
#define END   "\x1b[201~"

static void test_paste(void)
{
    char line[PROTOCOL_REQUEST_MAX + 1];
    size_t lines, at = 0;

    OK(after(BEGIN "one\rtwo\n\n\tthree") == TYPING_NOTHING && !typing_is_idle(&typing));
    OK(after(END) == TYPING_PASTE && is_text(""));
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINES && lines == 3);
    OK(paste_next(&typing.paste, &at, line) && strcmp(line, "one") == 0);
    OK(paste_next(&typing.paste, &at, line) && strcmp(line, "two") == 0);
    OK(paste_next(&typing.paste, &at, line) && strcmp(line, " three") == 0);
    OK(!paste_next(&typing.paste, &at, line));
    /* a paste answers no question, and does not replace the one that is asked about */
    typing_ask(&typing, TYPING_ASKS_PASTE, "Send it?");
    OK(after(BEGIN "y\ry" END) == TYPING_PASTE && typing.asks == TYPING_ASKS_PASTE);
    OK(paste_kind(&typing.paste, &lines) == PASTE_REFUSED);
    OK(after("y") == TYPING_SEND && strncmp(typing.paste.text, "one", 3) == 0);
    OK(after(BEGIN "whole\r" END) == TYPING_PASTE);
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINE && lines == 1);
    OK(after(BEGIN END) == TYPING_PASTE && paste_kind(&typing.paste, &lines) == PASTE_LINE);
    OK(lines == 0);
    paste_begin(&typing.paste, false);
    for (size_t i = 0; i <= PROTOCOL_REQUEST_MAX; i++)
        (void)paste_take(&typing.paste, KEY_TEXT, "x", 1);
    OK(paste_take(&typing.paste, KEY_PASTE_END, "", 0));
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINE_TOO_LONG);
    paste_begin(&typing.paste, false);
    for (size_t i = 0; i <= PASTE_MAX; i++)
        (void)paste_take(&typing.paste, i % 80 == 0 ? KEY_ENTER : KEY_TEXT, "x", 1);
    OK(paste_take(&typing.paste, KEY_PASTE_END, "", 0));
    OK(paste_kind(&typing.paste, &lines) == PASTE_TOO_LONG);
}

/* A paste whose end does not come. */
static void test_endless(void)
{
    size_t lines;

    OK(after(BEGIN "lost") == TYPING_NOTHING && !typing_is_idle(&typing));
    OK(typing_rest(&typing) == TYPING_PASTE && typing_rest(&typing) == TYPING_NOTHING);
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINE && lines == 1);
    OK(after("x\r") == TYPING_LINE && strcmp(typing.line, "x") == 0);
    /* Ctrl-C by itself is a key; in the middle of the text it is a part of that, whatever follows
     */
    OK(after(BEGIN "gone") == TYPING_NOTHING);
    typing.alone = true;
    OK(after("\x03") == TYPING_UNPASTE && !typing.paste.open);
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINE && lines == 0 && typing_is_idle(&typing));
    typing.alone = false;
    OK(after(BEGIN "a\x03") == TYPING_NOTHING && after("b\rc" END) == TYPING_PASTE);
    OK(paste_kind(&typing.paste, &lines) == PASTE_LINES && strcmp(typing.paste.text, "ab\nc") == 0);
    /* the paste that is asked about is not dropped with the one that comes meanwhile */
    typing_ask(&typing, TYPING_ASKS_PASTE, "Send it?");
    OK(after(BEGIN "z") == TYPING_NOTHING);
    typing.alone = true;
    OK(after("\x03") == TYPING_UNPASTE && strcmp(typing.paste.text, "ab\nc") == 0);
    typing.alone = false;
    OK(after("n") == TYPING_DISCARD);
}

/* Where the terminal edits lines itself. */
static void test_lines(void)
{
    typing.smart = false;
    OK(after("half") == TYPING_NOTHING);
    OK(after(" a line\nnext\n") == TYPING_LINE && strcmp(typing.line, "half a line") == 0);
    OK(next() == TYPING_LINE && strcmp(typing.line, "next") == 0 && next() == TYPING_NOTHING);
    OK(after("a\x01z\n") == TYPING_NOT_TEXT && after("\xff\n") == TYPING_NOT_TEXT);
    typing_ask(&typing, TYPING_ASKS_FILE, "Overwrite it?");
    OK(after("yes\n") == TYPING_YES);
    typing_ask(&typing, TYPING_ASKS_FILE, "Overwrite it?");
    OK(after("why\n") == TYPING_NO);
    memset(typing.keys, 'x', sizeof typing.keys);
    typing.used = sizeof typing.keys;
    OK(next() == TYPING_TOO_LONG && next() == TYPING_NOTHING && typing.used == 0);
}

static void test_queue(void)
{
    size_t pushed = 0;
    char *line;

    OK(typing_push(&typing, "first") && typing_push(&typing, "second"));
    line = typing_pop(&typing, NULL);
    OK(strcmp(line, "first") == 0 && typing.queued == 1);
    free(line);
    while (typing_push(&typing, "x"))
        pushed++;
    OK(pushed == TYPING_QUEUE - 1);
}

int main(void)
{
    typing.smart = true;
    test_keys();
    test_prompt();
    test_question();
    test_tab();
    test_paste();
    test_endless();
    test_lines();
    test_queue();
    typing_free(&typing);
    return tap_end();
}
