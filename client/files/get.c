#define _POSIX_C_SOURCE 200809L

#include "client/files/get.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/files/progress.h"
#include "server/wire/text.h"

#define NAMES_MOST 1000000 /* names in all lists together: a server may not fill our memory */
#define DEPTH_MOST 64      /* folders in folders */

/* A file on the server and the folder here, beneath the output: "" or with a '/' at its end. */
struct wanted {
    struct wanted *next;
    char *name, *folder;
};

struct wish {
    struct remote *remote;
    const struct style *style;
    bool recursive;
    struct wanted *first, **end;
    size_t count;
    size_t listed;
};

/* ---- lists */

struct list {
    struct entry {
        struct entry *next;
        char name[]; /* as the server lists it: a folder's ends in '/' */
    } * first, **end;
    size_t *listed;
    bool failed;
};

static char *join(const char *a, const char *between, const char *b)
{
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *joined = malloc(size);

    if (joined != NULL)
        (void)snprintf(joined, size, "%s%s%s", a, between, b);
    return joined;
}

/* Whether this may become the name of a file here. A server's list is a stranger's text. */
static bool is_usable(const char *name, size_t length)
{
    return length > 0 && name[0] != '.' && memchr(name, '/', length) == NULL &&
           text_is_clean(name, length);
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
    if (!is_usable(text, length > 0 && is_folder(text) ? length - 1 : length) || list->failed)
        return;
    entry = ++*list->listed <= NAMES_MOST ? malloc(sizeof *entry + length + 1) : NULL;
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

/* REQUEST_FAILED: it is no folder, which has not been said. */
static enum request_end read_list(struct wish *wish, const char *folder, struct list *list)
{
    struct answer answer;
    enum remote_state state;

    *list = (struct list){.end = &list->first, .listed = &wish->listed};
    if (request_pieces(wish->remote, wish->style) != REQUEST_DONE)
        return REQUEST_LOST;
    state = remote_ask(wish->remote, &answer, take_name, list, "list%s%s", folder[0] ? ":" : "",
                       folder);
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        return request_lost(wish->remote, wish->style, state);
    if (list->failed) {
        request_say(wish->style, "%s: too many names", folder[0] ? folder : "the server's list");
        return REQUEST_LOST;
    }
    return answer.code == REPLY_FILES ? REQUEST_DONE : REQUEST_FAILED;
}

/* ---- what is wanted */

static void free_wanted(struct wanted *wanted)
{
    free(wanted->name);
    free(wanted->folder);
    free(wanted);
}

static enum request_end want(struct wish *wish, const char *name, const char *folder)
{
    struct wanted *wanted = malloc(sizeof *wanted);

    if (wanted == NULL)
        return REQUEST_FAILED;
    wanted->next = NULL;
    wanted->name = join(name, "", "");
    wanted->folder = join(folder, "", "");
    if (wanted->name == NULL || wanted->folder == NULL) {
        free_wanted(wanted);
        return REQUEST_FAILED;
    }
    *wish->end = wanted;
    wish->end = &wanted->next;
    wish->count++;
    return REQUEST_DONE;
}

static enum request_end want_tree(struct wish *wish, const char *name, const char *folder,
                                  int depth);

/* One name of a list: a file, or a folder and what is in it. */
static enum request_end want_entry(struct wish *wish, const char *inside, const char *entry,
                                   const char *folder, int depth)
{
    size_t length = strlen(entry) - (is_folder(entry) ? 1 : 0);
    char *bare = join("", "", entry), *name, *below;
    enum request_end end = REQUEST_FAILED;

    if (bare == NULL)
        return REQUEST_FAILED;
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

static enum request_end want_tree(struct wish *wish, const char *name, const char *folder,
                                  int depth)
{
    struct list list;
    enum request_end end = REQUEST_FAILED;

    if (depth <= DEPTH_MOST)
        end = read_list(wish, name, &list);
    else
        list = (struct list){0};
    if (end == REQUEST_FAILED)
        request_say(wish->style, "%s: %s", name,
                    depth > DEPTH_MOST ? "too many folders in folders" : "cannot be listed");
    for (struct entry *entry = list.first; entry && end != REQUEST_LOST; entry = entry->next) {
        enum request_end one = want_entry(wish, name, entry->name, folder, depth);

        if (one != REQUEST_DONE)
            end = one;
    }
    free_list(&list);
    return end;
}

static bool matches(const char *pattern, const char *entry, bool recursive)
{
    char *bare = join("", "", entry);
    bool good = bare != NULL && (recursive || !is_folder(entry));

    if (good && is_folder(bare))
        bare[strlen(bare) - 1] = '\0';
    good = good && fnmatch(pattern, bare, 0) == 0;
    free(bare);
    return good;
}

/* "folder/lab*": the names in the folder that match. A file that is called just so is meant alone.
 */
static enum request_end want_matching(struct wish *wish, const char *pattern)
{
    const char *slash = strrchr(pattern, '/'), *last = slash ? slash + 1 : pattern;
    char *inside = join("", "", pattern);
    size_t before = wish->count;
    bool exact = false;
    struct list list;
    enum request_end end;

    if (inside == NULL)
        return REQUEST_FAILED;
    inside[slash ? slash - pattern : 0] = '\0';
    end = read_list(wish, inside, &list);
    for (struct entry *entry = list.first; entry; entry = entry->next)
        exact = exact || strcmp(entry->name, last) == 0;
    for (struct entry *entry = list.first; entry && end != REQUEST_LOST; entry = entry->next)
        if (exact ? strcmp(entry->name, last) == 0 : matches(last, entry->name, wish->recursive)) {
            enum request_end one = want_entry(wish, inside, entry->name, "", 0);

            if (one != REQUEST_DONE)
                end = one;
        }
    if (wish->count == before && end != REQUEST_LOST) {
        request_say(wish->style, "%s: no file has such a name", pattern);
        end = REQUEST_FAILED;
    }
    free(inside);
    free_list(&list);
    return end;
}

static enum request_end want_name(struct wish *wish, const char *name)
{
    const char *last;
    enum request_end end;
    struct list list;
    char *bare, *folder;

    if (strpbrk(name, "*?[") != NULL)
        return want_matching(wish, name);
    if (!wish->recursive)
        return want(wish, name, "");
    if (name[0] == '\0')
        return want_tree(wish, "", "", 0);
    end = read_list(wish, name, &list);
    free_list(&list);
    if (end == REQUEST_FAILED) /* no folder, then a file; or nothing, as will be said */
        return want(wish, name, "");
    if (end == REQUEST_LOST)
        return end;
    bare = join("", "", name);
    if (bare == NULL)
        return REQUEST_FAILED;
    if (is_folder(bare))
        bare[strlen(bare) - 1] = '\0';
    last = strrchr(bare, '/') ? strrchr(bare, '/') + 1 : bare;
    folder = join(last, "", "/");
    end = folder ? want_tree(wish, bare, folder, 0) : REQUEST_FAILED;
    free(bare);
    free(folder);
    return end;
}

static void forget(struct wish *wish)
{
    while (wish->first != NULL) {
        struct wanted *next = wish->first->next;

        free_wanted(wish->first);
        wish->first = next;
    }
    wish->end = &wish->first;
    wish->count = wish->listed = 0;
}

/* ---- fetching it */

static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int made;

        *slash = '\0';
        made = mkdir(path, 0777);
        *slash = '/';
        if (made != 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

/* One file into its folder, as often as the connection is lost. */
static enum request_end fetch(struct wish *wish, const struct wanted *wanted)
{
    struct style style = *wish->style;
    const char *output = style.output ? style.output : "";
    char *place = NULL, *request = join("file:", "", wanted->name);
    enum request_end end = REQUEST_FAILED;

    if (wanted->folder[0] != '\0') {
        place = join(output, output[0] && !is_folder(output) ? "/" : "", wanted->folder);
        style.output = place;
        if (place != NULL && make_folders(place) != 0) {
            request_say(&style, "cannot make the folder %s: %s", place, strerror(errno));
            free(place);
            free(request);
            return REQUEST_FAILED;
        }
    }
    if (request != NULL && (place != NULL || wanted->folder[0] == '\0'))
        end = request_make(wish->remote, &style, request, strlen(request));
    for (unsigned tries = 1; request_may_try(wish->remote, &style, end, tries); tries++) {
        uint64_t before = wish->remote->received;

        end = request_again(wish->remote, &style, tries);
        if (end == REQUEST_DONE)
            end = request_make(wish->remote, &style, request, strlen(request));
        if (wish->remote->received > before) /* it comes, if in pieces */
            tries = 0;
    }
    free(place);
    free(request);
    return end;
}

static enum request_end get_name(struct wish *wish, const char *name)
{
    enum request_end end = want_name(wish, name);

    for (unsigned tries = 1; request_may_try(wish->remote, wish->style, end, tries); tries++) {
        forget(wish);
        end = request_again(wish->remote, wish->style, tries);
        if (end == REQUEST_DONE)
            end = want_name(wish, name);
    }
    for (struct wanted *next = wish->first; next && end != REQUEST_LOST; next = next->next) {
        enum request_end one = fetch(wish, next);

        if (one != REQUEST_DONE)
            end = one;
    }
    return end;
}

int get_run(struct remote *remote, const struct style *style, bool recursive, char *const *names)
{
    static char *const everything[] = {"", NULL};
    int64_t began = progress_now();
    int status = EXIT_SUCCESS;
    size_t files = 0;

    if (names[0] == NULL)
        names = everything;
    for (; *names != NULL; names++) {
        struct style one = *style;
        struct wish wish = {
            .remote = remote, .style = &one, .recursive = recursive, .end = &wish.first};
        enum request_end end;

        one.skip_same = style->skip_same || recursive || strpbrk(*names, "*?[") != NULL;
        end = get_name(&wish, *names);
        files += wish.count;
        forget(&wish);
        if (end == REQUEST_LOST)
            return EXIT_FAILURE;
        if (end != REQUEST_DONE)
            status = EXIT_FAILURE;
    }
    if (files > 1 && style->progress && !style->quiet)
        progress_total(files, remote->received, progress_now() - began);
    return status;
}
