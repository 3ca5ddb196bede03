#define _POSIX_C_SOURCE 200809L

#include "client/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/chat.h"
#include "client/slash.h"
#include "server/text.h"

#define MATCHES_MOST 512 /* more are none that could be shown */

static const char *const requests[] = {
    "status", "history", "list",  "list-long", "file:", "put:",       "msg:", "tell:",
    "nick:",  "hand",    "hands", "unhand",    "sum:",  "list-long:", "help", "exit"};

enum place { IN_FILE, IN_NAME, IN_COMMAND, IN_FIRST, IN_NOTHING };

/* What stands before the word, which begins at *from. */
static enum place find_word(size_t *from)
{
    static const char *const files[] = {"file:", "sum:", "list:", "list-long:", "/get ", "/list "};
    static const char *const names[] = {"tell:", "/msg ", "/ignore "};
    const struct editor *editor = &chat.editor;
    const char *text = editor->text;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strncmp(text, files[i], strlen(files[i])) == 0 && editor->cursor >= strlen(files[i])) {
            *from = strlen(files[i]);
            return IN_FILE;
        }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0 && editor->cursor >= strlen(names[i])) {
            *from = strlen(names[i]);
            return memchr(text + *from, ' ', editor->cursor - *from) == NULL ? IN_NAME : IN_NOTHING;
        }
    *from = editor->cursor;
    while (*from > 0 && text[*from - 1] != ' ')
        --*from;
    if (*from > 0)
        return IN_NAME;
    return text[0] == '/' ? IN_COMMAND : IN_FIRST;
}

bool complete_directory(char *directory, size_t size)
{
    size_t from, end;

    if (find_word(&from) != IN_FILE)
        return false;
    for (end = chat.editor.cursor; end > from && chat.editor.text[end - 1] != '/'; end--)
        ;
    (void)snprintf(directory, size, "%.*s", (int)(end - from), chat.editor.text + from);
    return true;
}

/* ---- candidates */

struct matches {
    const char *word; /* what is to be completed, and how long it is */
    size_t length;
    char common[PROTOCOL_REQUEST_MAX + 1]; /* what all that match begin with */
    struct table table;                    /* all of them */
};

static void consider(struct matches *matches, const char *before, const char *word,
                     const char *after)
{
    char whole[2 * PROTOCOL_REQUEST_MAX + 8];
    size_t same = 0;

    (void)snprintf(whole, sizeof whole, "%s%s%s", before, word, after);
    if (strncasecmp(whole, matches->word, matches->length) != 0 ||
        strlen(whole) > PROTOCOL_REQUEST_MAX || matches->table.count == MATCHES_MOST)
        return;
    if (matches->table.count == 0)
        (void)snprintf(matches->common, sizeof matches->common, "%.*s", PROTOCOL_REQUEST_MAX,
                       whole);
    while (matches->common[same] != '\0' &&
           strncasecmp(matches->common + same, whole + same, 1) == 0)
        same++;
    while (same > 0 && ((unsigned char)matches->common[same] & 0xc0) == 0x80)
        same--; /* between characters */
    matches->common[same] = '\0';
    table_add(&matches->table, whole);
}

static void consider_files(struct matches *matches)
{
    for (size_t i = 0; i < chat.files.count; i++)
        if (text_is_clean(table_line(&chat.files, i), strlen(table_line(&chat.files, i))))
            consider(matches, chat.files_of, table_line(&chat.files, i), "");
}

static void consider_names(struct matches *matches, const char *after)
{
    for (size_t i = 0; i < chat.roster.count; i++)
        if (strcasecmp(chat.roster.member[i].name, chat.show.name) != 0)
            consider(matches, "", chat.roster.member[i].name, after);
}

static void collect(struct matches *matches, enum place place)
{
    const char *word;

    switch (place) {
    case IN_FILE:
        consider_files(matches);
        break;
    case IN_NAME:
        consider_names(matches, " ");
        break;
    case IN_COMMAND:
        for (size_t i = 0; (word = slash_word(i)) != NULL; i++)
            consider(matches, "/", word, " ");
        break;
    case IN_FIRST:
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
            consider(matches, "", requests[i], "");
        consider_names(matches, ": ");
        break;
    case IN_NOTHING:
        break;
    }
}

static void show(const char *line)
{
    screen_print(&chat.screen, line);
}

void complete_word(void)
{
    static struct matches matches;
    size_t from;
    enum place place = find_word(&from);
    char word[PROTOCOL_REQUEST_MAX + 1];

    (void)snprintf(word, sizeof word, "%.*s", (int)(chat.editor.cursor - from),
                   chat.editor.text + from);
    matches.word = word;
    matches.length = strlen(word);
    if (matches.length == 0 && place == IN_FIRST)
        return;
    collect(&matches, place);
    if (matches.table.count > 1 && strlen(matches.common) <= matches.length)
        table_show(&matches.table, REPLY_FILES, "", chat.screen.columns, show);
    else if (matches.table.count > 0)
        (void)editor_replace(&chat.editor, from, matches.common);
    table_clear(&matches.table);
}
