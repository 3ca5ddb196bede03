/* Keys, the line that they edit, and its columns. */
#include <stdio.h>
#include <string.h>

#include "client/terminal/editor.h"
#include "client/terminal/keys.h"
#include "server/wire/width.h"
#include "tests/unit/tap.h"

static struct editor editor;

static void widths(void)
{
    OK(width_of('a') == 1 && width_of(0xe9) == 1);
    OK(width_of(0x301) == 0 && width_of(0x200d) == 0 && width_of(0xfe0f) == 0);
    OK(width_of(0x6f22) == 2 && width_of(0xff21) == 2 && width_of(0x1f642) == 2);
    OK(width_of(0x10fffd) == 1 && width_of(0x378) == 1); /* unknown */
    OK(width_of(0xcbf) == 0 && width_of(0x1ba5) == 0 && width_of(0x11a8) == 0);
    OK(width_text("a\xe6\xbc\xa2"
                  "b",
                  5) == 4);
    OK(width_text("e\xcc\x81", 3) == 1);
    OK(width_text("\xff\xc3", 2) == 2);
    OK(width_fit("abc", 3, 2) == 2 && width_fit("abc", 3, 9) == 3 && width_fit("", 0, 5) == 0);
    OK(width_fit("a\xe6\xbc\xa2", 4, 2) == 1); /* half a wide one is none */
    OK(width_fit("ae\xcc\x81z", 5, 2) == 4);   /* the accent goes with its letter */
}

#define JOINED                                                                                     \
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7" /* a family */
#define FLAG   "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"                              /* D, E */
#define SKIN   "\xf0\x9f\x91\x8b\xf0\x9f\x8f\xbd" /* a hand with a colour */
#define HEART  "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5"
#define KEYCAP "1\xef\xb8\x8f\xe2\x83\xa3"
#define MARKED "o\xcc\x88\xcc\xb2"
#define KOREAN "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" /* three letters of a syllable */

/* The bytes of the first grapheme. */
static size_t first(const char *text, size_t *columns)
{
    return width_next(text, strlen(text), columns);
}

static void graphemes(void)
{
    static const char *const whole[] = {JOINED, FLAG, SKIN, HEART, KEYCAP, MARKED, KOREAN, "x"};
    size_t columns, good = 0;
    char text[128];

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        size_t size = strlen(whole[i]);

        (void)snprintf(text, sizeof text, "%sz%s%s", whole[i], whole[i], whole[i]);
        good += first(text, &columns) == size && first(whole[i], &columns) == size;
        good += width_begin(text, strlen(text), size - 1) == 0;
        good += width_begin(text, strlen(text), strlen(text) - 1) == 2 * size + 1;
        good += width_fit(text, strlen(text), width_text(whole[i], size)) == size;
    }
    OK(good == 4 * sizeof whole / sizeof whole[0]);
    OK(first(FLAG FLAG "\xf0\x9f\x87\xab", &columns) == 8 && columns == 2);
    OK(first(HEART, &columns) == strlen(HEART) && columns == 4);
    OK(first("\xe2\x9d\xa4\xef\xb8\x8f", &columns) == 6 && columns == 2);
    OK(first("a\xe2\x80\x8d"
             "b",
             &columns) == 4); /* letters are not joined */
    OK(first("a\xf0\x9f\x8f\xbd", &columns) == 1);
    OK(first("\xff\xcc\x81", &columns) == 1 && first("", &columns) == 0);
    OK(first("\xcc\x81\xcc\x81x", &columns) == 4 && columns == 0);
    OK(width_begin("abc", 3, 3) == 3 && width_begin("", 0, 0) == 0);
}

static enum stroke decoded;

static size_t decode(const char *bytes, bool final)
{
    return keys_decode(bytes, strlen(bytes), final, &decoded);
}

static void keys(void)
{
    OK(decode("a", false) == 1 && decoded == KEY_TEXT);
    OK(decode("\xe6\xbc\xa2x", false) == 3 && decoded == KEY_TEXT);
    OK(decode("\xe6\xbc", false) == 0);
    OK(decode("\xe6\xbc", true) == 1 && decoded == KEY_NONE);
    OK(decode("\xff", false) == 1 && decoded == KEY_NONE);
    OK(decode("\xc2\x9b", false) == 2 && decoded == KEY_NONE);
    OK(decode("\033", false) == 0);
    OK(decode("\033", true) == 1 && decoded == KEY_CANCEL);
    OK(decode("\033[", false) == 0 && decode("\033[1;", false) == 0);
    OK(decode("\033[A", false) == 3 && decoded == KEY_UP);
    OK(decode("\033OD", false) == 3 && decoded == KEY_LEFT);
    OK(decode("\033[3~x", false) == 4 && decoded == KEY_DELETE);
    OK(decode("\033[1;5C", false) == 6 && decoded == KEY_WORD_RIGHT);
    OK(decode("\033[200~", false) == 6 && decoded == KEY_PASTE);
    OK(decode("\033[99;7z", false) == 7 && decoded == KEY_NONE);
    OK(decode("\033b", false) == 2 && decoded == KEY_WORD_LEFT);
    OK(decode("\033\177", false) == 2 && decoded == KEY_KILL_WORD);
    OK(decode("\033[[A", false) == 4 && decoded == KEY_NONE); /* F1 on Linux's console */
    OK(decode("\033[[", false) == 0);
    OK(decode("\033[3;5~", false) == 6 && decoded == KEY_KILL_WORD_RIGHT);
    OK(decode("\r", false) == 1 && decoded == KEY_ENTER);
    OK(decode("\177", false) == 1 && decoded == KEY_BACKSPACE);
    OK(decode("\001", false) == 1 && decoded == KEY_HOME);
}

/* Types all of it. */
static enum editor_result type(const char *bytes)
{
    enum editor_result result = EDITOR_NOTHING;
    size_t length = strlen(bytes);

    while (length > 0) {
        enum stroke stroke;
        size_t size = keys_decode(bytes, length, true, &stroke);

        result = editor_key(&editor, stroke, bytes, size);
        bytes += size;
        length -= size;
    }
    return result;
}

/* The text with a '|' at the cursor. */
static bool is(const char *wanted)
{
    char shown[PROTOCOL_REQUEST_MAX + 2];

    (void)snprintf(shown, sizeof shown, "%.*s|%s", (int)editor.cursor, editor.text,
                   editor.text + editor.cursor);
    if (strcmp(shown, wanted) != 0)
        printf("# '%s', expected '%s'\n", shown, wanted);
    editor_clear(&editor);
    return strcmp(shown, wanted) == 0;
}

static void editing(void)
{
    char full[PROTOCOL_REQUEST_MAX + 1];

    type("ac\002b");
    OK(is("ab|c"));
    type("one two\001X\005Y");
    OK(is("Xone twoY|"));
    type("one two\027");
    OK(is("one |"));
    type("one two\027\027\031\031"); /* what is cut in one go stays together */
    OK(is("one twoone two|"));
    type("one two three\033b\027\013\031");
    OK(is("one two three|"));
    type("one two\027\002\006\027\031");
    OK(is("one |"));
    memset(full, 'x', PROTOCOL_REQUEST_MAX);
    full[PROTOCOL_REQUEST_MAX] = '\0';
    OK(editor_insert(&editor, full, PROTOCOL_REQUEST_MAX) && type("\025") == EDITOR_CHANGED);
    OK(editor_insert(&editor, full, PROTOCOL_REQUEST_MAX) && type("\025") == EDITOR_CHANGED);
    OK(type("\031") == EDITOR_CHANGED && editor.length == PROTOCOL_REQUEST_MAX);
    editor_clear(&editor);
    type("abc\002\002\013");
    OK(is("a|"));
    type("abc\002\025");
    OK(is("|c"));
    type("ab\024");
    OK(is("ba|"));
    type("abc\002\024");
    OK(is("acb|"));
    type("a\024\001\024");
    OK(is("|a"));
    type("e\xcc\x81x\002\177");
    OK(is("|x"));
    type("\xe6\xbc\xa2"
         "b\001\004");
    OK(is("|b"));
    type("a" JOINED "\177" FLAG "\177" SKIN "\177" KEYCAP "\177" MARKED "\177" KOREAN "\177");
    OK(is("a|"));
    type(JOINED FLAG "\002\002\004");
    OK(is("|" FLAG));
    type(FLAG "x" JOINED "\002\002\006");
    OK(is(FLAG "x|" JOINED));
    type(FLAG "x\002\024");
    OK(is("x" FLAG "|"));
    type("a -\xcc\x81x\033b\033\177"); /* a word does not begin within a letter and its marks */
    OK(is("|-\xcc\x81x"));
    type("one two\033b\033b\033d");
    OK(is("| two"));
    type("one  two\033[1;5D\033[1;5D\033f");
    OK(is("one|  two"));
    type("file:lessons/week-1.txt\033b\033\177");
    OK(is("file:lessons/week-|txt"));
    type("file:lessons/caf\xc3\xa9 \033[1;5D\033[1;5D");
    OK(is("file:|lessons/caf\xc3\xa9 "));
    type("a file:x/y\027");
    OK(is("a |"));
    OK(type("abc\003") == EDITOR_CHANGED && is("|"));
    OK(type("\003") == EDITOR_INTERRUPT && type("\004") == EDITOR_END);
    OK(type("a\r") == EDITOR_LINE && is("a|"));
    OK(type("\t") == EDITOR_COMPLETE && type("\014") == EDITOR_CLEAR);
    memset(full, 'x', PROTOCOL_REQUEST_MAX);
    full[PROTOCOL_REQUEST_MAX] = '\0';
    OK(editor_insert(&editor, full, PROTOCOL_REQUEST_MAX) && !editor_insert(&editor, "y", 1));
    OK(type("y") == EDITOR_NOTHING && editor.length == PROTOCOL_REQUEST_MAX);
    editor_clear(&editor);
    type("/msg an");
    OK(editor_replace(&editor, 5, "anna ") && is("/msg anna |"));
}

static void history(void)
{
    OK(editor_remember(&editor, "one") && editor_remember(&editor, "two"));
    OK(!editor_remember(&editor, "two") && !editor_remember(&editor, " x") &&
       !editor_remember(&editor, ""));
    type("draft\033[A");
    OK(strcmp(editor.text, "two") == 0);
    type("\020\020");
    OK(strcmp(editor.text, "one") == 0);
    type("\016\016");
    OK(is("draft|"));
    type("\022on");
    OK(editor.searching && is("one|"));
    type("dr\022zz");
    OK(editor.failed);
    type("\007");
    OK(!editor.searching && is("dr|"));
    type("\022" FLAG);
    OK(editor.failed && strcmp(editor.wanted, FLAG) == 0);
    type("\177");
    OK(!editor.failed && editor.wanted[0] == '\0');
    type("\007");
    editor_clear(&editor);
    for (int i = 0; i < EDITOR_HISTORY + 5; i++) {
        char line[24];

        (void)snprintf(line, sizeof line, "line %d", i);
        (void)editor_remember(&editor, line);
    }
    OK(editor.lines == EDITOR_HISTORY && strcmp(editor.history[0], "line 5") == 0);
    editor_free(&editor);
}

int main(void)
{
    widths();
    graphemes();
    keys();
    editing();
    history();
    return tap_end();
}
