#define _POSIX_C_SOURCE 200809L

#include "client/files/wanted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/files/pattern.h"
#include "client/limits.h"
#include "client/link/bytes.h"
#include "client/link/hello.h"
#include "server/wire/text.h"

/* ---- lists */

struct list {
    struct entry {
        struct entry *next;
        char name[]; /* as the server lists it: that of a folder ends in '/' */
    } * first, **end;
    size_t *listed;
    uint64_t unusable; /* names that cannot become those of files here */
    bool failed;
    bool told; /* the user knows why there is no list */
};

static char *join(const char *a, const char *between, const char *b)
{
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *joined = malloc(size);

    if (joined != NULL)
        (void)snprintf(joined, size, "%s%s%s", a, between, b);
    return joined;
}

/* Whether this may become the name of a file here: a server could list any name. */
static bool is_usable(const char *name, size_t length)
{
    return length > 0 && name[0] != '.' && memchr(name, '/', length) == NULL &&
           text_is_name(name, length);
}

static bool is_folder(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

static void take_name(void *context, size_t number, const char *text)
{
    struct list *list = context;
    size_t length = strlen(text);
    struct entry *entry;

    (void)number;
    if (!is_usable(text, length > 0 && is_folder(text) ? length - 1 : length)) {
        list->unusable++;
        return;
    }
    if (list->failed)
        return;
    entry = ++*list->listed <= LIST_NAMES_MOST ? malloc(sizeof *entry + length + 1) : NULL;
    if (entry == NULL) {
        list->failed = true;
        return;
    }
    memcpy(entry->name, text, length + 1);
    entry->next = NULL;
    *list->end = entry;
    list->end = &entry->next;
}

static void free_list(struct list *list)
{
    while (list->first != NULL) {
        struct entry *next = list->first->next;

        free(list->first);
        list->first = next;
    }
}

/* Asks what is in a folder ("": all that is shared). ANSWER_FAILED: it is no folder, which is not
 * said. */
static enum answer_end read_list(struct wish *wish, const char *folder, struct list *list)
{
    struct answer answer;
    enum remote_state state;
    uint64_t hidden;

    *list = (struct list){.end = &list->first, .listed = &wish->listed};
    if (hello_pieces(wish->remote, wish->voice) != ANSWER_DONE)
        return ANSWER_LOST;
    state = bytes_call_off_work(wish->remote, remote_ask(wish->remote, &answer, take_name, list,
                                                         "list%s%s", folder[0] ? ":" : "", folder));
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        return answer_lost(wish->remote, wish->voice, state);
    if (answer.code != REPLY_FILES && answer.code != REPLY_NOT_FOUND) {
        (void)answer_show(wish->voice, &answer, folder[0] ? folder : NULL);
        list->told = wish->told = true;
    }
    if (list->failed) {
        voice_error(wish->voice, "%s: too many names", folder[0] ? folder : "the server's list");
        return ANSWER_LOST;
    }
    hidden = answer.hidden + list->unusable;
    if (hidden > 0)
        voice_error(wish->voice, "%s: " ANSWER_HIDDEN, folder[0] ? folder : "the server's list",
                    hidden);
    list->unusable = hidden;
    return answer.code == REPLY_FILES ? ANSWER_DONE : ANSWER_FAILED;
}

/* ---- what is wanted */

static void free_wanted(struct wanted *wanted)
{
    free(wanted->name);
    free(wanted->folder);
    free(wanted);
}

/* name: NULL for the folder alone. */
static enum answer_end want(struct wish *wish, const char *name, const char *folder)
{
    struct wanted *wanted = malloc(sizeof *wanted);

    if (wanted == NULL)
        return ANSWER_FAILED;
    wanted->next = NULL;
    wanted->name = name != NULL ? join(name, "", "") : NULL;
    wanted->folder = join(folder, "", "");
    if ((name != NULL && wanted->name == NULL) || wanted->folder == NULL) {
        free_wanted(wanted);
        return ANSWER_FAILED;
    }
    *wish->end = wanted;
    wish->end = &wanted->next;
    wish->files += name != NULL;
    return ANSWER_DONE;
}

static enum answer_end want_tree(struct wish *wish, const char *name, const char *folder,
                                 int depth);

/* Adds one name of a list: a file, or all that is in a folder. */
static enum answer_end want_entry(struct wish *wish, const char *inside, const char *entry,
                                  const char *folder, int depth)
{
    size_t length = strlen(entry) - (is_folder(entry) ? 1 : 0);
    char *bare = join("", "", entry), *name, *below;
    enum answer_end end = ANSWER_FAILED;

    if (bare == NULL)
        return ANSWER_FAILED;
    bare[length] = '\0';
    name = join(inside, inside[0] ? "/" : "", bare);
    below = join(folder, bare, "/");
    if (name != NULL && below != NULL)
        end = is_folder(entry) ? want_tree(wish, name, below, depth + 1) : want(wish, name, folder);
    free(bare);
    free(name);
    free(below);
    return end;
}

/* All that is in a folder, which was listed. */
static enum answer_end want_listed(struct wish *wish, const struct list *list, const char *name,
                                   const char *folder, int depth)
{
    enum answer_end end = list->unusable > 0 ? ANSWER_FAILED : ANSWER_DONE;

    if (list->first == NULL && folder[0] != '\0' && want(wish, NULL, folder) != ANSWER_DONE)
        end = ANSWER_FAILED;
    for (struct entry *entry = list->first; entry && answer_goes_on(end); entry = entry->next) {
        enum answer_end one = want_entry(wish, name, entry->name, folder, depth);

        if (one != ANSWER_DONE)
            end = one;
    }
    return end;
}

static enum answer_end want_tree(struct wish *wish, const char *name, const char *folder, int depth)
{
    struct list list = {.first = NULL};
    enum answer_end end = ANSWER_FAILED;

    if (depth <= LIST_FOLDERS_MOST)
        end = read_list(wish, name, &list);
    if (end == ANSWER_FAILED && !list.told)
        voice_error(wish->voice, "%s: %s", name[0] ? name : "the server's files",
                    depth > LIST_FOLDERS_MOST ? "folders nested too deeply" : "cannot be listed");
    if (end == ANSWER_DONE)
        end = want_listed(wish, &list, name, folder, depth);
    free_list(&list);
    return end;
}

/* ---- patterns */

static enum answer_end expand(struct wish *wish, const char *inside, const char *pattern,
                              int depth);

/* Whether one part of a pattern stands for a name: as a pattern, or because the name is the same.
 */
static bool stands_for(const char *part, const char *name)
{
    return strcmp(part, name) == 0 || pattern_matches(part, name);
}

/* Adds what the name in a folder stands for, if the pattern's first part stands for it. rest: of
 * the pattern; NULL: there is none. */
static enum answer_end expand_entry(struct wish *wish, const char *inside, const char *entry,
                                    const char *part, const char *rest, int depth)
{
    char *bare = join("", "", entry), *below = NULL;
    enum answer_end end = ANSWER_DONE;

    if (bare == NULL)
        return ANSWER_FAILED;
    if (is_folder(bare))
        bare[strlen(bare) - 1] = '\0';
    if (!stands_for(part, bare)) {
        free(bare);
        return ANSWER_DONE;
    }
    if (rest == NULL || rest[0] == '\0') { /* "x/" stands for folders alone */
        if (is_folder(entry) ? wish->recursive : rest == NULL)
            end = want_entry(wish, inside, entry, "", depth);
    } else if (is_folder(entry)) {
        below = join(inside, inside[0] ? "/" : "", bare);
        end = below != NULL ? expand(wish, below, rest, depth + 1) : ANSWER_FAILED;
    }
    free(bare);
    free(below);
    return end;
}

/* Adds what a pattern stands for in a folder. */
static enum answer_end expand(struct wish *wish, const char *inside, const char *pattern, int depth)
{
    const char *slash = strchr(pattern, '/');
    char *part = join("", "", pattern);
    enum answer_end end = ANSWER_FAILED;
    struct list list = {.first = NULL};

    if (part == NULL)
        return ANSWER_FAILED;
    if (slash != NULL)
        part[slash - pattern] = '\0';
    if (depth <= LIST_FOLDERS_MOST)
        end = read_list(wish, inside, &list);
    if (end == ANSWER_FAILED && depth > 0 && !list.told)
        voice_error(wish->voice, "%s: %s", inside,
                    depth > LIST_FOLDERS_MOST ? "folders nested too deeply" : "cannot be listed");
    for (struct entry *entry = list.first; entry && answer_goes_on(end); entry = entry->next) {
        enum answer_end one =
            expand_entry(wish, inside, entry->name, part, slash ? slash + 1 : NULL, depth);

        if (one != ANSWER_DONE)
            end = one;
    }
    free(part);
    free_list(&list);
    return end;
}

/* Adds what matches a pattern like "folder/lab*". What stands before its first part with a wildcard
 * is a folder. */
static enum answer_end want_matching(struct wish *wish, const char *pattern)
{
    char *inside = join("", "", pattern);
    const struct wanted *const *before = (const struct wanted *const *)wish->end;
    char *wild, *slash;
    enum answer_end end;

    if (inside == NULL)
        return ANSWER_FAILED;
    wild = inside + strcspn(inside, "*?[");
    *wild = '\0';
    slash = strrchr(inside, '/');
    inside[slash != NULL ? slash - inside : 0] = '\0';
    end = expand(wish, inside, pattern + (slash != NULL ? slash + 1 - inside : 0), 0);
    if (answer_goes_on(end) && *before == NULL) {
        if (!wish->told)
            voice_error(wish->voice, "%s: no file matches", pattern);
        end = ANSWER_FAILED;
    }
    free(inside);
    return end;
}

/* A folder with all that is in it, or a file. */
static enum answer_end want_whole(struct wish *wish, const char *name)
{
    const char *slash;
    struct list list;
    char *bare = join("", "", name), *folder = NULL;
    enum answer_end end = read_list(wish, name, &list);

    if (end == ANSWER_FAILED && !list.told) /* a file; if there is none, the download says so */
        end = want(wish, name, "");
    else if (end == ANSWER_DONE && bare == NULL)
        end = ANSWER_FAILED;
    else if (end == ANSWER_DONE) {
        if (is_folder(bare))
            bare[strlen(bare) - 1] = '\0';
        slash = strrchr(bare, '/');
        folder = join(slash != NULL ? slash + 1 : bare, "", "/");
        end = folder ? want_listed(wish, &list, bare, folder, 0) : ANSWER_FAILED;
    }
    free_list(&list);
    free(bare);
    free(folder);
    return end;
}

enum answer_end wanted_find(struct wish *wish, const char *name)
{
    if (pattern_is_one(name))
        return want_matching(wish, name);
    if (!wish->recursive)
        return want(wish, name, "");
    return name[0] == '\0' ? want_tree(wish, "", "", 0) : want_whole(wish, name);
}

void wanted_forget(struct wish *wish)
{
    while (wish->first != NULL) {
        struct wanted *next = wish->first->next;

        free_wanted(wish->first);
        wish->first = next;
    }
    wish->end = &wish->first;
    wish->files = wish->listed = 0;
}
