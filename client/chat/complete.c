#define _POSIX_C_SOURCE 200809L

#include "client/chat/complete.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/lines.h"
#include "server/wire/name.h"
#include "server/wire/text.h"

enum word {
    SERVER_FILE,
    LOCAL_FILE,
    NAME,
    COMMAND,
    FIRST, /* of the line: a request, or a name to begin a sentence with */
};

/* Sets what may follow this row's word. False: the line before the cursor does not begin with that
 * word. */
static bool follows(const struct lines_row *row, const struct editor *editor, size_t *from)
{
    size_t length = strlen(row->word);

    *from = length + (row->word[0] == '/'); /* a command and a space */
    return row->completes != LINES_NOTHING && editor->cursor >= *from &&
           strncmp(editor->text, row->word, length) == 0 &&
           (row->word[0] != '/' || editor->text[length] == ' ') &&
           (row->completes != LINES_NAME ||
            memchr(editor->text + *from, ' ', editor->cursor - *from) == NULL);
}

/* What the word before the cursor is, which begins at *from. */
static enum word find_word(const struct editor *editor, size_t *from)
{
    const struct lines_row *row;

    for (size_t i = 0; (row = lines_row(i)) != NULL; i++)
        if (follows(row, editor, from))
            return row->completes == LINES_SERVER_FILE  ? SERVER_FILE
                   : row->completes == LINES_LOCAL_FILE ? LOCAL_FILE
                                                        : NAME;
    *from = editor->cursor;
    while (*from > 0 && editor->text[*from - 1] != ' ')
        --*from;
    if (*from > 0)
        return NAME;
    return editor->text[0] == '/' ? COMMAND : FIRST;
}

bool complete_asks(const struct editor *editor)
{
    size_t from;

    return find_word(editor, &from) == SERVER_FILE;
}

bool complete_begin(struct complete *complete, const struct editor *editor)
{
    size_t from, end;

    if (find_word(editor, &from) != SERVER_FILE)
        return false;
    for (end = editor->cursor; end > from && editor->text[end - 1] != '/'; end--)
        ;
    (void)snprintf(complete->directory, sizeof complete->directory, "%.*s", (int)(end - from),
                   editor->text + from);
    table_clear(&complete->files);
    return true;
}

/* ---- candidates */

struct matches {
    const char *word;                      /* what is completed */
    size_t length;                         /* of word */
    char common[PROTOCOL_REQUEST_MAX + 1]; /* the beginning that all matches share */
    struct table *table;                   /* the matches */
};

/* Adds a candidate, which has three parts, if it matches. */
static void consider(struct matches *matches, const char *before, const char *word,
                     const char *after)
{
    char whole[2 * PROTOCOL_REQUEST_MAX + 8];

    (void)snprintf(whole, sizeof whole, "%s%s%s", before, word, after);
    if ((matches->word[0] != '\0' && name_begins(whole, matches->word) == 0) ||
        strlen(whole) > PROTOCOL_REQUEST_MAX || matches->table->count == COMPLETE_LISTED)
        return;
    if (matches->table->count == 0)
        (void)snprintf(matches->common, sizeof matches->common, "%.*s", PROTOCOL_REQUEST_MAX,
                       whole);
    matches->common[name_shared(matches->common, whole)] = '\0';
    table_add(matches->table, whole);
}

static void consider_files(struct matches *matches, const struct complete *complete)
{
    for (size_t i = 0; i < complete->files.count; i++) {
        const char *file = table_line(&complete->files, i);

        if (text_is_clean(file, strlen(file)))
            consider(matches, complete->directory, file, "");
    }
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

/* As they are, or after '@' if the word begins so. */
static void consider_names(struct matches *matches, const struct room *room, const char *after)
{
    bool at = matches->word[0] == '@';

    for (size_t i = 0; i < room->members.count; i++)
        if (!name_same(room->members.member[i].name, room->self))
            consider(matches, at ? "@" : "", room->members.member[i].name, at ? " " : after);
}

/* Commands, or requests. */
static void consider_words(struct matches *matches, bool commands)
{
    const struct lines_row *row;

    for (size_t i = 0; (row = lines_row(i)) != NULL; i++)
        if ((row->word[0] == '/') == commands && row->kind != LINES_REFUSED && !lines_is_said(row))
            consider(matches, "", row->word, commands ? " " : "");
}

bool complete_word(struct complete *complete, struct editor *editor, const struct room *room)
{
    struct matches matches = {.table = &complete->matches};
    char text[PROTOCOL_REQUEST_MAX + 1];
    size_t from;
    enum word word = find_word(editor, &from);

    table_clear(&complete->matches);
    (void)snprintf(text, sizeof text, "%.*s", (int)(editor->cursor - from), editor->text + from);
    matches.word = text;
    matches.length = strlen(text);
    switch (word) {
    case SERVER_FILE:
        consider_files(&matches, complete);
        break;
    case LOCAL_FILE:
        consider_paths(&matches);
        break;
    case NAME:
        consider_names(&matches, room, " ");
        break;
    case COMMAND:
        consider_words(&matches, true);
        break;
    case FIRST:
        if (matches.length == 0)
            return false; /* an empty word would match everything */
        consider_words(&matches, false);
        consider_names(&matches, room, ": ");
        break;
    }
    if (complete->matches.count > 1 && strlen(matches.common) <= matches.length)
        return true;
    if (complete->matches.count > 0)
        (void)editor_replace(editor, from, matches.common);
    table_clear(&complete->matches);
    return false;
}

void complete_free(struct complete *complete)
{
    table_free(&complete->files);
    table_free(&complete->matches);
}
