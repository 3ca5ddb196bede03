#define _POSIX_C_SOURCE 200809L

#include "client/chat/complete.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "client/chat/chat.h"
#include "client/chat/commands.h"
#include "server/wire/text.h"

#define MATCHES_MOST 512 /* more are none that could be shown */

static const char *const requests[] = {
    "status", "history", "list",  "list-long", "file:", "put:",       "msg:", "tell:",
    "nick:",  "hand",    "hands", "unhand",    "sum:",  "list-long:", "help", "exit"};

enum place {
    IN_FILE, /* of the server */
    IN_PATH, /* of this machine */
    IN_NAME,
    IN_COMMAND,
    IN_FIRST, /* a request, or a name to begin a sentence with */
};

/* What stands before the word, which begins at *from. */
static enum place find_word(size_t *from)
{
    static const struct {
        const char *word;
        enum place place;
    } after[] = {
        {"file:", IN_FILE},      {"sum:", IN_FILE},  {"list:", IN_FILE},
        {"list-long:", IN_FILE}, {"/get ", IN_FILE}, {"/list ", IN_FILE},
        {"put:", IN_PATH},       {"/put ", IN_PATH}, {"tell:", IN_NAME},
    };
    const struct editor *editor = &chat.editor;
    const char *text = editor->text;

    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
        *from = strlen(after[i].word);
        if (strncmp(text, after[i].word, *from) == 0 && editor->cursor >= *from &&
            (after[i].place != IN_NAME ||
             memchr(text + *from, ' ', editor->cursor - *from) == NULL))
            return after[i].place;
    }
    *from = editor->cursor;
    while (*from > 0 && text[*from - 1] != ' ')
        --*from;
    if (*from > 0)
        return IN_NAME;
    return text[0] == '/' ? IN_COMMAND : IN_FIRST;
}

bool complete_asks(void)
{
    size_t from;

    return find_word(&from) == IN_FILE;
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

static void consider_paths(struct matches *matches)
{
    const char *slash = strrchr(matches->word, '/'), *last = slash ? slash + 1 : matches->word;
    char directory[PATH_MAX], path[PATH_MAX];
    struct dirent *entry;
    struct stat st;
    DIR *open;

    (void)snprintf(directory, sizeof directory, "%.*s", (int)(last - matches->word), matches->word);
    open = opendir(directory[0] ? directory : ".");
    while (open != NULL && (entry = readdir(open)) != NULL) {
        int length = snprintf(path, sizeof path, "%s%s", directory, entry->d_name);

        if (length < 0 || (size_t)length >= sizeof path ||
            (entry->d_name[0] == '.' && last[0] != '.') ||
            !text_is_clean(entry->d_name, strlen(entry->d_name)))
            continue;
        consider(matches, directory, entry->d_name,
                 stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "/" : "");
    }
    if (open != NULL)
        (void)closedir(open);
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
    case IN_PATH:
        consider_paths(matches);
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
