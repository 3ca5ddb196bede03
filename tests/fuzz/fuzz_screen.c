/* What the client draws on a terminal, of lines from a server and of keys. The first byte chooses
 * the window and the colours; then each line of the input is one from the server, or after a 'k'
 * bytes from the keyboard. What comes out is checked: LF and CR, our own escape sequences, and
 * otherwise UTF-8 without control characters and without those that reorder a line; and in what is
 * shown of a server's line without colours no control character at all. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/link/room_line.h"
#include "client/terminal/columns.h"
#include "client/terminal/editor.h"
#include "client/terminal/keys.h"
#include "client/terminal/screen.h"
#include "client/terminal/show.h"
#include "server/wire/text.h"
#include "tests/fuzz/fuzz.h"

static struct screen screen;
static struct editor editor;
static struct table table;

static bool reorders(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* ESC [ digits and ';', and one of the letters that we use. Returns its length. */
static size_t own_sequence(const char *bytes, size_t size)
{
    size_t at = 2;

    if (size < 3 || bytes[1] != '[')
        abort();
    while (at < size && strchr("0123456789;", bytes[at]) != NULL && bytes[at] != '\0')
        at++;
    if (at == size || bytes[at] == '\0' || strchr("mACJH", bytes[at]) == NULL)
        abort();
    return at + 1;
}

static void check(const char *bytes, size_t size, bool ours)
{
    for (size_t at = 0; at < size;) {
        uint32_t c;
        size_t length = text_decode(bytes + at, size - at, &c);

        if (length == 0 || reorders(c) || (c >= 0x7f && c <= 0x9f))
            abort();
        if (ours && c == '\033')
            length = own_sequence(bytes + at, size - at);
        else if (c < 0x20 && !(ours && (c == '\n' || c == '\r')))
            abort();
        at += length;
    }
}

static void emit(void *context, const char *bytes, size_t size)
{
    (void)context;
    check(bytes, size, true);
}

static void take_plain(void *context, const char *line)
{
    (void)context;
    check(line, strlen(line), false);
    screen_print(&screen, line);
}

static void take_server_line(const struct show *show, const char *text)
{
    const struct show plain = {.timestamps = true, .name = "anna"};
    char line[SHOW_MAX];
    struct reply_line reply;
    struct room_line said;

    if (!protocol_parse_reply(text, &reply))
        return;
    if (reply.kind == REPLY_ITEM) {
        table_add(&table, reply.text);
        return;
    }
    room_line_parse(&said, reply.code, reply.text, true);
    table_show(&table, reply.code, "anna", screen.columns, take_plain, NULL);
    if (show_room_line(line, &plain, said.when, said.code, said.text))
        check(line, strlen(line), false);
    (void)show_is_mention(said.code, said.text, show->name);
    if (show_room_line(line, show, said.when, said.code, said.text)) {
        check(line, strlen(line), true);
        screen_print(&screen, line);
    }
    show_note(line, &plain, true, reply.text);
    check(line, strlen(line), false);
    show_own(line, &plain, 0, reply.text, reply.text);
    check(line, strlen(line), false);
    (void)snprintf(screen.status, sizeof screen.status, "%.400s", line);
    while (screen.status[0] != '\0' && !text_is_clean(screen.status, strlen(screen.status)))
        screen.status[strlen(screen.status) - 1] = '\0'; /* cut in a character */
}

static void take_keys(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        enum stroke stroke;
        size_t length = keys_decode(bytes + at, size - at, true, &stroke);

        if (length == 0 || length > size - at)
            abort();
        if (editor_key(&editor, stroke, bytes + at, length) == EDITOR_LINE) {
            (void)editor_remember(&editor, editor.text);
            editor_clear(&editor);
        }
        if (editor.length > PROTOCOL_REQUEST_MAX || editor.cursor > editor.length ||
            strlen(editor.text) != editor.length || !text_is_clean(editor.text, editor.length))
            abort();
        at += length;
    }
    screen_draw(&screen);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct show show = {.timestamps = true, .name = "anna"};
    char *text;

    if (size < 2 || size > 65536)
        return -1;
    screen = (struct screen){.smart = true,
                             .color = (data[0] & 1) != 0,
                             .columns = 10 + (data[0] >> 2),
                             .prompt = "> ",
                             .editor = &editor,
                             .emit = emit};
    show.color = screen.color;
    show.many_colors = (data[0] & 2) != 0;
    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    for (char *line = text, *end; line < text + size - 1; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + size - 1 - line));
        if (end == NULL)
            end = text + size - 1;
        *end = '\0';
        if (line[0] == 'k')
            take_keys(line + 1, (size_t)(end - line - 1));
        else
            take_server_line(&show, line);
        screen_resize(&screen, 10 + (screen.columns * 7 + 3) % 90);
    }
    table_show(&table, REPLY_FILES, "", screen.columns, take_plain, NULL);
    editor_free(&editor);
    memset(&editor, 0, sizeof editor);
    free(text);
    return 0;
}
