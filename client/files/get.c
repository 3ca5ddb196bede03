#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE   700 /* tsearch */

#include "client/files/get.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/pattern.h"
#include "client/files/progress.h"
#include "client/files/wanted.h"
#include "client/limits.h"
#include "client/link/hello.h"
#include "server/wire/clock.h"

struct get {
    struct wish wish;
    const struct download_options *options;
    void **taken; /* a tree (tsearch(3)) of the targets of all files so far */
};

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

/* Whether to connect again; in a conversation that is for others to do. */
static bool may_try(const struct wish *wish, enum answer_end end, unsigned tries)
{
    return !wish->voice->interactive && hello_may_try(wish->remote, end, tries);
}

/* Fetches one file, reconnecting as needed. A connection that brings AGAIN_BYTES_LEAST bytes resets
 * the count of tries. */
static enum answer_end fetch(const struct wish *wish, const struct download_options *options,
                             const struct wanted *wanted)
{
    struct remote *remote = wish->remote;
    struct partial_stream stream = {.fd = -1};
    struct download_options with = *options;
    unsigned connections = 0;
    enum answer_end end;

    with.stream = &stream;
    end = download_file(remote, wish->voice, &with, wanted->name);
    for (unsigned tries = 1;
         !stream.nobody && may_try(wish, end, tries) && connections < AGAIN_CONNECTIONS_MOST;
         tries++) {
        uint64_t before = remote->received;

        end = hello_again(remote, wish->voice, tries);
        if (end == ANSWER_DONE)
            end = download_file(remote, wish->voice, &with, wanted->name);
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

/* ---- targets. Files of different folders may have one name. Where files may be overwritten, a
 * file that was just fetched may not: it would be gone, although it is told that it was received.
 */

struct taken {
    const char *name; /* on the server, behind the target */
    char target[];
};

static int by_target(const void *a, const void *b)
{
    return strcmp(((const struct taken *)a)->target, ((const struct taken *)b)->target);
}

/* False: another file has the target, which is told. */
static bool take_target(const struct get *get, const struct wanted *wanted)
{
    const char *slash = strrchr(wanted->name, '/'), *last = slash ? slash + 1 : wanted->name;
    size_t size = strlen(wanted->folder) + strlen(last) + 1;
    struct taken *taken = malloc(sizeof *taken + size + strlen(wanted->name) + 1), **there;
    bool free_to_take;

    if (taken == NULL)
        return false;
    (void)snprintf(taken->target, size, "%s%s", wanted->folder, last);
    taken->name = strcpy(taken->target + size, wanted->name);
    there = tsearch(taken, get->taken, by_target);
    if (there != NULL && *there == taken)
        return true;
    free_to_take = there != NULL && strcmp((*there)->name, wanted->name) == 0;
    if (there != NULL && !free_to_take)
        voice_error(get->wish.voice, "%s: not fetched, because it would overwrite %s", wanted->name,
                    (*there)->name);
    free(taken);
    return free_to_take;
}

static void forget_targets(void **taken)
{
    while (*taken != NULL) {
        struct taken *one = *(struct taken **)*taken;

        (void)tdelete(one, taken, by_target);
        free(one);
    }
}

/* Whether each file has a target of its own in a directory. */
static bool has_targets(const struct get *get)
{
    const char *output = get->options->output;

    return get->options->overwrite != NULL && (output == NULL || target_is_directory(output));
}

/* Fetches one file into its folder, or makes the folder alone. */
static enum answer_end fetch_into(const struct get *get, const struct wanted *wanted)
{
    struct download_options options = *get->options;
    const char *output = options.output ? options.output : "";
    size_t length = strlen(output), size = length + strlen(wanted->folder) + 2;
    enum answer_end end = ANSWER_FAILED;
    char *target;

    if (wanted->folder[0] == '\0')
        return fetch(&get->wish, &options, wanted);
    target = malloc(size);
    if (target == NULL)
        return ANSWER_FAILED;
    (void)snprintf(target, size, "%s%s%s", output,
                   length > 0 && output[length - 1] != '/' ? "/" : "", wanted->folder);
    options.output = target;
    if (make_folders(target) != 0)
        voice_error(get->wish.voice, "cannot make the folder %s: %s", target, strerror(errno));
    else
        end = wanted->name != NULL ? fetch(&get->wish, &options, wanted) : ANSWER_DONE;
    free(target);
    return end;
}

/* Several files have no room under one name. */
static bool fits(const struct get *get, const char *name)
{
    const char *output = get->options->output;

    if (get->wish.files < 2 || output == NULL || target_is_directory(output) ||
        target_is_stdout(output))
        return true;
    voice_error(get->wish.voice,
                "%s stands for %zu files: expected a directory after --output, not '%s'", name,
                get->wish.files, output);
    return false;
}

static enum answer_end get_name(struct get *get, const char *name)
{
    struct wish *wish = &get->wish;
    enum answer_end end = wanted_find(wish, name);

    for (unsigned tries = 1; may_try(wish, end, tries); tries++) {
        wanted_forget(wish);
        end = hello_again(wish->remote, wish->voice, tries);
        if (end == ANSWER_DONE)
            end = wanted_find(wish, name);
    }
    if (answer_goes_on(end) && !fits(get, name))
        return ANSWER_FAILED;
    for (struct wanted *next = wish->first; next && answer_goes_on(end); next = next->next) {
        enum answer_end one = ANSWER_FAILED;

        if (next->name == NULL || !has_targets(get) || take_target(get, next))
            one = fetch_into(get, next);
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
    void *taken = NULL;
    bool goes_on = true;

    if (names[0] == NULL)
        names = everything;
    for (; *names != NULL && goes_on; names++) {
        struct download_options one = *options;
        struct get get = {.wish = {.remote = remote, .voice = voice, .recursive = recursive},
                          .options = &one,
                          .taken = &taken};
        enum answer_end end;

        wanted_forget(&get.wish);
        one.skip_same = options->skip_same || recursive || pattern_is_one(*names);
        end = get_name(&get, *names);
        files += get.wish.files;
        wanted_forget(&get.wish);
        goes_on = answer_goes_on(end);
        if (end != ANSWER_DONE)
            status = EXIT_FAILURE;
    }
    forget_targets(&taken);
    if (goes_on)
        progress_total(voice, files, remote->received, clock_now() - began);
    return status;
}

enum answer_end get_matching(struct remote *remote, const struct voice *voice,
                             const struct download_options *options, const char *pattern)
{
    struct download_options one = *options;
    void *taken = NULL;
    struct get get = {.wish = {.remote = remote, .voice = voice}, .options = &one, .taken = &taken};
    enum answer_end end;

    wanted_forget(&get.wish);
    one.skip_same = true;
    end = get_name(&get, pattern);
    wanted_forget(&get.wish);
    forget_targets(&taken);
    return end;
}
