#define _POSIX_C_SOURCE 200809L

#include "client/files/get.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/progress.h"
#include "client/limits.h"
#include "client/link/hello.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"

/* A file on the server, and the folder here, relative to the output, into which it goes: "" or
 * ending in '/'. */
struct wanted {
    struct wanted *next;
    char *name, *folder;
};

struct wish {
    struct remote *remote;
    const struct voice *voice;
    const struct download_options *options;
    bool recursive;
    struct wanted *first, **end;
    size_t count;  /* of wanted */
    size_t listed; /* names in all lists */
};

/* ---- lists */

struct list {
    struct entry {
        struct entry *next;
        char name[]; /* as the server lists it: that of a folder ends in '/' */
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

/* Whether this may become the name of a file here: a server could list any name. */
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

/* Lists a folder ("": all shared files). ANSWER_FAILED, without a message: it is not a folder. */
static enum answer_end read_list(struct wish *wish, const char *folder, struct list *list)
{
    struct answer answer;
    enum remote_state state;

    *list = (struct list){.end = &list->first, .listed = &wish->listed};
    if (hello_pieces(wish->remote, wish->voice) != ANSWER_DONE)
        return ANSWER_LOST;
    state = remote_ask(wish->remote, &answer, take_name, list, "list%s%s", folder[0] ? ":" : "",
                       folder);
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        return answer_lost(wish->remote, wish->voice, state);
    if (list->failed) {
        voice_error(wish->voice, "%s: too many names", folder[0] ? folder : "the server's list");
        return ANSWER_LOST;
    }
    return answer.code == REPLY_FILES ? ANSWER_DONE : ANSWER_FAILED;
}

/* ---- what is wanted */

static void free_wanted(struct wanted *wanted)
{
    free(wanted->name);
    free(wanted->folder);
    free(wanted);
}

static enum answer_end want(struct wish *wish, const char *name, const char *folder)
{
    struct wanted *wanted = malloc(sizeof *wanted);

    if (wanted == NULL)
        return ANSWER_FAILED;
    wanted->next = NULL;
    wanted->name = join(name, "", "");
    wanted->folder = join(folder, "", "");
    if (wanted->name == NULL || wanted->folder == NULL) {
        free_wanted(wanted);
        return ANSWER_FAILED;
    }
    *wish->end = wanted;
    wish->end = &wanted->next;
    wish->count++;
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

static enum answer_end want_tree(struct wish *wish, const char *name, const char *folder, int depth)
{
    struct list list;
    enum answer_end end = ANSWER_FAILED;

    if (depth <= LIST_FOLDERS_MOST)
        end = read_list(wish, name, &list);
    else
        list = (struct list){0};
    if (end == ANSWER_FAILED)
        voice_error(wish->voice, "%s: %s", name,
                    depth > LIST_FOLDERS_MOST ? "folders nested too deeply" : "cannot be listed");
    for (struct entry *entry = list.first; entry && end != ANSWER_LOST; entry = entry->next) {
        enum answer_end one = want_entry(wish, name, entry->name, folder, depth);

        if (one != ANSWER_DONE)
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

/* Adds all files that match a pattern such as "folder/lab*", or only the file with exactly that
 * name. */
static enum answer_end want_matching(struct wish *wish, const char *pattern)
{
    const char *slash = strrchr(pattern, '/'), *last = slash ? slash + 1 : pattern;
    char *inside = join("", "", pattern);
    size_t before = wish->count;
    bool exact = false;
    struct list list;
    enum answer_end end;

    if (inside == NULL)
        return ANSWER_FAILED;
    inside[slash ? slash - pattern : 0] = '\0';
    end = read_list(wish, inside, &list);
    for (struct entry *entry = list.first; entry; entry = entry->next)
        exact = exact || strcmp(entry->name, last) == 0;
    for (struct entry *entry = list.first; entry && end != ANSWER_LOST; entry = entry->next)
        if (exact ? strcmp(entry->name, last) == 0 : matches(last, entry->name, wish->recursive)) {
            enum answer_end one = want_entry(wish, inside, entry->name, "", 0);

            if (one != ANSWER_DONE)
                end = one;
        }
    if (wish->count == before && end != ANSWER_LOST) {
        voice_error(wish->voice, "%s: no file matches", pattern);
        end = ANSWER_FAILED;
    }
    free(inside);
    free_list(&list);
    return end;
}

static enum answer_end want_name(struct wish *wish, const char *name)
{
    const char *last;
    enum answer_end end;
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
    if (end ==
        ANSWER_FAILED) /* not a folder: fetch it as a file; download_file reports a missing one */
        return want(wish, name, "");
    if (end == ANSWER_LOST)
        return end;
    bare = join("", "", name);
    if (bare == NULL)
        return ANSWER_FAILED;
    if (is_folder(bare))
        bare[strlen(bare) - 1] = '\0';
    last = strrchr(bare, '/') ? strrchr(bare, '/') + 1 : bare;
    folder = join(last, "", "/");
    end = folder ? want_tree(wish, bare, folder, 0) : ANSWER_FAILED;
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

/* Fetches one file, reconnecting as needed. A connection that brings AGAIN_BYTES_LEAST bytes resets
 * the count of tries. */
static enum answer_end fetch(struct wish *wish, struct download_options *options,
                             const struct wanted *wanted)
{
    struct remote *remote = wish->remote;
    struct partial_stream stream = {.fd = -1};
    unsigned connections = 0;
    enum answer_end end;

    options->stream = &stream;
    end = download_file(remote, wish->voice, options, wanted->name);
    for (unsigned tries = 1; !stream.nobody && hello_may_try(remote, end, tries) &&
                             connections < AGAIN_CONNECTIONS_MOST;
         tries++) {
        uint64_t before = remote->received;

        end = hello_again(remote, wish->voice, tries);
        if (end == ANSWER_DONE)
            end = download_file(remote, wish->voice, options, wanted->name);
        connections++;
        if (remote->received - before >= AGAIN_BYTES_LEAST)
            tries = 0;
    }
    if (stream.fd >= 0)
        close(stream.fd);
    if (end == ANSWER_LOST && connections > 0 && hello_may_return(remote))
        voice_error(wish->voice, "%s: gave up after %u attempts to reconnect", wanted->name,
                    connections);
    return end;
}

/* Fetches one file into its folder. */
static enum answer_end fetch_into(struct wish *wish, const struct wanted *wanted)
{
    struct download_options options = *wish->options;
    const char *output = options.output ? options.output : "";
    enum answer_end end = ANSWER_FAILED;
    char *place;

    if (wanted->folder[0] == '\0')
        return fetch(wish, &options, wanted);
    place = join(output, output[0] && !is_folder(output) ? "/" : "", wanted->folder);
    options.output = place;
    if (place != NULL && make_folders(place) != 0)
        voice_error(wish->voice, "cannot make the folder %s: %s", place, strerror(errno));
    else if (place != NULL)
        end = fetch(wish, &options, wanted);
    free(place);
    return end;
}

static enum answer_end get_name(struct wish *wish, const char *name)
{
    enum answer_end end = want_name(wish, name);

    for (unsigned tries = 1; hello_may_try(wish->remote, end, tries); tries++) {
        forget(wish);
        end = hello_again(wish->remote, wish->voice, tries);
        if (end == ANSWER_DONE)
            end = want_name(wish, name);
    }
    for (struct wanted *next = wish->first; next && end != ANSWER_LOST; next = next->next) {
        enum answer_end one = fetch_into(wish, next);

        if (one != ANSWER_DONE)
            end = one;
    }
    return end;
}

int get_run(struct remote *remote, const struct voice *voice,
            const struct download_options *options, bool recursive, char *const *names)
{
    static char *const everything[] = {"", NULL};
    int64_t began = clock_now();
    int status = EXIT_SUCCESS;
    size_t files = 0;

    if (names[0] == NULL)
        names = everything;
    for (; *names != NULL; names++) {
        struct download_options one = *options;
        struct wish wish = {.remote = remote,
                            .voice = voice,
                            .options = &one,
                            .recursive = recursive,
                            .end = &wish.first};
        enum answer_end end;

        one.skip_same = options->skip_same || recursive || strpbrk(*names, "*?[") != NULL;
        end = get_name(&wish, *names);
        files += wish.count;
        forget(&wish);
        if (end == ANSWER_LOST)
            return EXIT_FAILURE;
        if (end != ANSWER_DONE)
            status = EXIT_FAILURE;
    }
    progress_total(voice, files, remote->received, clock_now() - began);
    return status;
}
