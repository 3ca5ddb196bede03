#define _POSIX_C_SOURCE 200809L

#include "client/terminal/editor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/width.h"

/* ---- positions in the text: between graphemes */

static size_t after(const struct editor *editor, size_t at)
{
    size_t columns;

    return at + width_next(editor->text + at, editor->length - at, &columns);
}

static size_t before(const struct editor *editor, size_t at)
{
    return at > 0 ? width_begin(editor->text, editor->length, at - 1) : 0;
}

/* The position at `at`, or where the grapheme ends that is around it. */
static size_t outside(const struct editor *editor, size_t at)
{
    size_t begin = width_begin(editor->text, editor->length, at);

    return begin < at ? after(editor, begin) : at;
}

static bool is_space(const struct editor *editor, size_t at)
{
    return editor->text[at] == ' ' || editor->text[at] == '\t';
}

/* A word consists of letters, digits and all that is not ASCII, as in readline, so that a part of a
 * path, of a request or of an address is a word. */
static bool is_word(const struct editor *editor, size_t at)
{
    unsigned char byte = (unsigned char)editor->text[at];

    return byte >= 0x80 || isalnum(byte);
}

static size_t word_before(const struct editor *editor, size_t at)
{
    while (at > 0 && !is_word(editor, at - 1))
        at--;
    while (at > 0 && is_word(editor, at - 1))
        at--;
    return width_begin(editor->text, editor->length, at);
}

static size_t word_after(const struct editor *editor, size_t at)
{
    while (at < editor->length && !is_word(editor, at))
        at++;
    while (at < editor->length && is_word(editor, at))
        at++;
    return outside(editor, at);
}

static size_t blank_before(const struct editor *editor, size_t at)
{
    while (at > 0 && is_space(editor, at - 1))
        at--;
    while (at > 0 && !is_space(editor, at - 1))
        at--;
    return width_begin(editor->text, editor->length, at);
}

/* ---- changing it */

static void set(struct editor *editor, const char *text)
{
    editor->length = strnlen(text, PROTOCOL_REQUEST_MAX);
    memcpy(editor->text, text, editor->length);
    editor->text[editor->length] = '\0';
    editor->cursor = editor->length;
}

bool editor_insert(struct editor *editor, const char *text, size_t size)
{
    if (editor->length + size > PROTOCOL_REQUEST_MAX)
        return false;
    memmove(editor->text + editor->cursor + size, editor->text + editor->cursor,
            editor->length - editor->cursor + 1);
    memcpy(editor->text + editor->cursor, text, size);
    editor->length += size;
    editor->cursor += size;
    editor->killing = false;
    return true;
}

static void cut(struct editor *editor, size_t from, size_t to)
{
    memmove(editor->text + from, editor->text + to, editor->length - to + 1);
    editor->length -= to - from;
    editor->cursor = from;
}

bool editor_replace(struct editor *editor, size_t from, const char *text)
{
    size_t size = strlen(text);

    if (editor->length - (editor->cursor - from) + size > PROTOCOL_REQUEST_MAX)
        return false;
    cut(editor, from, editor->cursor);
    return editor_insert(editor, text, size);
}

/* Cuts text, which Ctrl-Y inserts again. What is cut key after key is kept as one. */
static void kill_text(struct editor *editor, size_t from, size_t to)
{
    size_t size = to - from, before = editor->killing ? strlen(editor->killed) : 0;

    if (size > 0 && before + size <= PROTOCOL_REQUEST_MAX) {
        char *part = editor->killed;

        if (to <= editor->cursor)
            memmove(editor->killed + size, editor->killed, before); /* before what was cut last */
        else
            part += before;
        memcpy(part, editor->text + from, size);
        editor->killed[before + size] = '\0';
    }
    cut(editor, from, to);
    editor->killing = true;
}

void editor_clear(struct editor *editor)
{
    set(editor, "");
    editor->at = editor->lines;
    editor->searching = false;
    free(editor->draft);
    editor->draft = NULL;
}

/* Exchanges the characters before and at the cursor. */
static void transpose(struct editor *editor)
{
    size_t middle =
        editor->cursor < editor->length ? editor->cursor : before(editor, editor->cursor);
    size_t begin = before(editor, middle), end = after(editor, middle);
    char moved[256];

    if (middle == 0 || end - middle > sizeof moved)
        return;
    memcpy(moved, editor->text + middle, end - middle);
    memmove(editor->text + begin + (end - middle), editor->text + begin, middle - begin);
    memcpy(editor->text + begin, moved, end - middle);
    editor->cursor = end;
}

/* ---- the lines typed before */

bool editor_remember(struct editor *editor, const char *line)
{
    char *copy;

    if (line[0] == '\0' || line[0] == ' ' ||
        (editor->lines > 0 && strcmp(editor->history[editor->lines - 1], line) == 0))
        return false;
    copy = strdup(line);
    if (copy == NULL)
        return false;
    if (editor->lines == EDITOR_HISTORY) {
        free(editor->history[0]);
        memmove(editor->history, editor->history + 1, --editor->lines * sizeof editor->history[0]);
    }
    editor->history[editor->lines++] = copy;
    editor->at = editor->lines;
    return true;
}

static void show_history(struct editor *editor, size_t at)
{
    if (editor->at == editor->lines) {
        free(editor->draft);
        editor->draft = strdup(editor->text);
    }
    editor->at = at;
    set(editor, at < editor->lines ? editor->history[at] : editor->draft ? editor->draft : "");
}

/* Shows the newest line before `from` that contains what is wanted. */
static void search(struct editor *editor, size_t from)
{
    while (from > 0)
        if (strstr(editor->history[--from], editor->wanted) != NULL) {
            editor->found = from;
            editor->failed = false;
            set(editor, editor->history[from]);
            return;
        }
    editor->failed = true;
}

static void begin_search(struct editor *editor)
{
    if (editor->searching) {
        search(editor, editor->found);
        return;
    }
    editor->searching = true;
    editor->failed = false;
    editor->wanted[0] = '\0';
    editor->found = editor->lines;
    free(editor->draft);
    editor->draft = strdup(editor->text);
}

static void end_search(struct editor *editor, bool keep)
{
    editor->searching = false;
    if (!keep)
        set(editor, editor->draft ? editor->draft : "");
    editor->at = editor->lines;
}

/* True: the key belongs to the search. */
static bool search_key(struct editor *editor, enum stroke key, const char *bytes, size_t size)
{
    size_t length = strlen(editor->wanted);

    if (key == KEY_TEXT && length + size < sizeof editor->wanted) {
        memcpy(editor->wanted + length, bytes, size);
        editor->wanted[length + size] = '\0';
        search(editor, editor->found < editor->lines ? editor->found + 1 : editor->lines);
    } else if (key == KEY_BACKSPACE) {
        if (length > 0)
            editor->wanted[width_begin(editor->wanted, length, length - 1)] = '\0';
        search(editor, editor->lines);
    } else if (key == KEY_SEARCH) {
        begin_search(editor);
    } else if (key == KEY_CANCEL || key == KEY_INTERRUPT) {
        end_search(editor, false);
    } else {
        end_search(editor, true);
        return false;
    }
    return true;
}

/* ---- keys */

/* Cuts text if the key is for cutting. Returns whether it was. */
static bool kill_key(struct editor *editor, enum stroke key)
{
    size_t at = editor->cursor;

    switch (key) {
    case KEY_KILL_END:
        kill_text(editor, at, editor->length);
        return true;
    case KEY_KILL_LINE:
        kill_text(editor, 0, at);
        return true;
    case KEY_KILL_BLANK:
        kill_text(editor, blank_before(editor, at), at);
        return true;
    case KEY_KILL_WORD:
        kill_text(editor, word_before(editor, at), at);
        return true;
    case KEY_KILL_WORD_RIGHT:
        kill_text(editor, at, word_after(editor, at));
        return true;
    default:
        editor->killing = false;
        return false;
    }
}

static enum editor_result edit(struct editor *editor, enum stroke key, const char *bytes,
                               size_t size)
{
    size_t at = editor->cursor;

    switch (key) {
    case KEY_TEXT:
        return editor_insert(editor, bytes, size) ? EDITOR_CHANGED : EDITOR_NOTHING;
    case KEY_LEFT:
        editor->cursor = before(editor, at);
        break;
    case KEY_RIGHT:
        editor->cursor = after(editor, at);
        break;
    case KEY_HOME:
        editor->cursor = 0;
        break;
    case KEY_END:
        editor->cursor = editor->length;
        break;
    case KEY_WORD_LEFT:
        editor->cursor = word_before(editor, at);
        break;
    case KEY_WORD_RIGHT:
        editor->cursor = word_after(editor, at);
        break;
    case KEY_BACKSPACE:
        cut(editor, before(editor, at), at);
        break;
    case KEY_DELETE:
    case KEY_EOF:
        cut(editor, at, after(editor, at));
        break;
    case KEY_YANK:
        (void)editor_insert(editor, editor->killed, strlen(editor->killed));
        break;
    case KEY_TRANSPOSE:
        transpose(editor);
        break;
    case KEY_UP:
        if (editor->at > 0)
            show_history(editor, editor->at - 1);
        break;
    case KEY_DOWN:
        if (editor->at < editor->lines)
            show_history(editor, editor->at + 1);
        break;
    case KEY_SEARCH:
        begin_search(editor);
        break;
    default:
        return EDITOR_NOTHING;
    }
    return EDITOR_CHANGED;
}

enum editor_result editor_key(struct editor *editor, enum stroke key, const char *bytes,
                              size_t size)
{
    if (editor->searching && search_key(editor, key, bytes, size))
        return EDITOR_CHANGED;
    if (kill_key(editor, key))
        return EDITOR_CHANGED;
    switch (key) {
    case KEY_ENTER:
        return EDITOR_LINE;
    case KEY_TAB:
        return EDITOR_COMPLETE;
    case KEY_CLEAR:
        return EDITOR_CLEAR;
    case KEY_INTERRUPT:
        if (editor->length == 0)
            return EDITOR_INTERRUPT;
        editor_clear(editor);
        return EDITOR_CHANGED;
    case KEY_EOF:
        if (editor->length == 0)
            return EDITOR_END;
        break;
    default:
        break;
    }
    return edit(editor, key, bytes, size);
}

void editor_free(struct editor *editor)
{
    while (editor->lines > 0)
        free(editor->history[--editor->lines]);
    free(editor->draft);
    editor->draft = NULL;
}
