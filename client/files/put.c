#define _POSIX_C_SOURCE 200809L

#include "client/files/put.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/progress.h"
#include "server/wire/protocol.h"
#include "server/wire/sha256.h"
#include "server/wire/text.h"

#define CHUNK 65536 /* bytes read at once */

/* ---- options */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* The value of --NAME=VALUE or --NAME VALUE. 0: it is another option; 1: taken; -1: it has none. */
static int take_option(const char *name, char *const **words, const char **value)
{
    const char *word = **words;
    size_t length = strlen(name);

    if (strncmp(word, name, length) != 0 || (word[length] != '\0' && word[length] != '='))
        return 0;
    ++*words;
    if (word[length] == '=')
        *value = word + length + 1;
    else if ((*value = **words) != NULL)
        ++*words;
    return *value != NULL && (*value)[0] != '\0' ? 1 : -1;
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL && strlen(name) <= NAME_MAX &&
           text_is_clean(name, strlen(name));
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static int refuse(char *error, size_t size, const char *what)
{
    (void)snprintf(error, size, "put: expected %s", what);
    return -1;
}

int put_parse(struct put_options *options, char *const **words, char *error, size_t size)
{
    *options = (struct put_options){0};
    for (int taken = 1; **words != NULL && strncmp(**words, "--", 2) == 0 && taken != 0;) {
        if (strcmp(**words, "--") == 0) {
            ++*words;
            break;
        }
        taken = take_option("--as", words, &options->name);
        if (taken == 0)
            taken = take_option("--receipt", words, &options->receipt);
        if (taken < 0)
            return refuse(error, size, "a value after --as and --receipt");
        if (taken == 0)
            return refuse(error, size, "--as NAME or --receipt FILE, then files");
    }
    if (**words == NULL)
        return refuse(error, size, "'put [--as NAME] [--receipt FILE] FILE...'");
    if (options->name != NULL && (*words)[1] != NULL)
        return refuse(error, size, "one file with --as");
    if (options->name != NULL && !is_name(options->name))
        return refuse(error, size, "a file's name after --as, without '/' and control characters");
    for (char *const *word = *words; *word != NULL; word++)
        if (is_stdin(*word) ? options->name == NULL
                            : options->name == NULL && !is_name(last_part(*word)))
            return refuse(error, size,
                          is_stdin(*word)
                              ? "--as NAME with the standard input"
                              : "files whose names are UTF-8 without control characters");
    return 0;
}

/* ---- what is handed in */

struct source {
    const char *path, *name;
    int fd;
    FILE *spool; /* what cannot be read twice is copied; else NULL */
    uint64_t length;
    char hex[SHA256_HEX_SIZE];
};

static int spool(struct source *source)
{
    char chunk[4096];
    ssize_t got;

    source->spool = tmpfile();
    if (source->spool == NULL)
        return -1;
    while ((got = read(source->fd, chunk, sizeof chunk)) > 0)
        if (fwrite(chunk, 1, (size_t)got, source->spool) != (size_t)got)
            return -1;
    if (got < 0 || fflush(source->spool) != 0)
        return -1;
    if (source->fd != STDIN_FILENO)
        close(source->fd);
    source->fd = fileno(source->spool);
    return 0;
}

static int open_source(struct source *source, const char *path, const char *name)
{
    struct stat st;

    *source = (struct source){.path = path, .name = name ? name : last_part(path), .fd = -1};
    source->fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &st) != 0)
        return -1;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    return is_stdin(path) || !S_ISREG(st.st_mode) ? spool(source) : 0;
}

static void close_source(struct source *source)
{
    if (source->spool != NULL)
        fclose(source->spool);
    else if (source->fd > STDIN_FILENO)
        close(source->fd);
}

/* Its length and its digest as it is now. */
static int measure(struct source *source, const struct remote *remote)
{
    static char chunk[CHUNK];
    unsigned char digest[SHA256_SIZE];
    struct sha256 sum;
    ssize_t got;

    sha256_init(&sum);
    while ((got = pread(source->fd, chunk, sizeof chunk, (off_t)sum.length)) > 0) {
        sha256_add(&sum, chunk, (size_t)got);
        if (!remote_breathe(remote))
            return -1;
    }
    source->length = sum.length;
    sha256_end(&sum, digest);
    sha256_hex(source->hex, digest);
    return got < 0 ? -1 : 0;
}

/* ---- handing it in */

/* Sends its bytes. *whole: all of them; *shorter: the file has no more; neither: what the server
 * says comes too early. Unless it is whole the session is of no more use. */
static enum remote_state give(struct remote *remote, const struct style *style,
                              const struct source *source, bool *whole, bool *shorter)
{
    static char chunk[CHUNK];
    struct progress progress = {.wanted = style->progress && !style->quiet, .bar = style->bar};
    enum remote_state state = REMOTE_READY;
    uint64_t sent = 0;
    size_t given = 0;
    ssize_t got = 0;

    (void)fflush(stdout);
    progress_begin(&progress, source->name, 0, source->length);
    do {
        uint64_t left = source->length - sent;

        got = pread(source->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, (off_t)sent);
        if (got <= 0)
            break;
        state = remote_give(remote, chunk, (size_t)got, &given);
        sent += given;
        progress_step(&progress, sent);
    } while (state == REMOTE_READY && given == (size_t)got);
    progress_end(&progress, sent);
    *whole = sent == source->length;
    *shorter = !*whole && got <= 0;
    remote->sent += sent;
    return state;
}

/* As sha256sum(1) reads it: it skips the line with a '#'. */
static int write_receipt(const struct remote *remote, const struct style *style,
                         const struct source *source, const struct protocol_receipt *receipt)
{
    const char *file = is_stdin(source->path) || !text_is_clean(source->path, strlen(source->path))
                           ? source->name
                           : source->path;
    char line[PATH_MAX + 1024], shown[TEXT_SHOWN_SIZE(sizeof line)];
    int length;

    (void)snprintf(line, sizeof line,
                   "# %s: %" PRIu64 " bytes, handed in as %s to %s port %s at %s%s", source->name,
                   receipt->length, remote->name, remote->host, remote->port, receipt->time,
                   strcmp(receipt->earlier, "same") == 0   ? "; it was there already"
                   : strcmp(receipt->earlier, "kept") == 0 ? "; the earlier one is kept"
                                                           : "");
    text_show(shown, sizeof shown, line, strlen(line));
    if (style->interactive)
        request_tell(style, "Handed in: %s", line + strlen("# "));
    else
        printf("%s\n%s  %s\n", shown, receipt->hex, file);
    if (style->receipt < 0)
        return 0;
    length = snprintf(line, sizeof line, "%s\n%s  %s\n", shown, receipt->hex, file);
    return line_write(style->receipt, line, (size_t)length, NULL, NULL) == 0 ? fsync(style->receipt)
                                                                             : -1;
}

/* The server has all of it; or says why not. */
static enum request_end finish(struct remote *remote, const struct style *style,
                               const struct source *source, const struct answer *answer)
{
    struct protocol_receipt receipt;
    enum request_end end;

    if (answer->code == REPLY_MESSAGE) {
        request_say(style, "%s: the server takes no files", source->path);
        return REQUEST_FAILED;
    }
    if (answer->code != REPLY_HANDED_IN) {
        end = request_show(style, answer, source->path);
        return end == REQUEST_DONE ? request_lost(remote, style, REMOTE_STRANGE) : end;
    }
    if (!protocol_parse_receipt(answer->text, &receipt) || strcmp(receipt.hex, source->hex) != 0 ||
        receipt.length != source->length) {
        request_say(style, "%s: what the server has is not what was sent", source->path);
        return REQUEST_FAILED;
    }
    if (write_receipt(remote, style, source, &receipt) == 0)
        return REQUEST_DONE;
    request_say(style, "%s is handed in, but the receipt cannot be written: %s", source->path,
                strerror(errno));
    return REQUEST_FAILED;
}

/* One try. *changed: the file is not what it was when it was measured. */
static enum request_end hand_in(struct remote *remote, const struct style *style,
                                struct source *source, bool *changed)
{
    const struct source before = *source;
    struct answer answer;
    bool whole = true, shorter;
    enum remote_state state;

    *changed = false;
    if (request_pieces(remote, style) != REQUEST_DONE)
        return REQUEST_LOST;
    state = remote_ask(remote, &answer, remote_ignore, NULL, "put:%" PRIu64 ":%s %s",
                       source->length, source->hex, source->name);
    if (state == REMOTE_READY && answer.code == REPLY_GO_ON) {
        state = give(remote, style, source, &whole, &shorter);
        if (shorter) {
            request_say(style, "%s became shorter while it was sent", source->path);
            return REQUEST_LOST;
        }
        if (whole)
            *changed = measure(source, remote) != 0 || strcmp(before.hex, source->hex) != 0;
        if (state == REMOTE_READY)
            state = remote_answer(remote, &answer, remote_ignore, NULL);
        if (state == REMOTE_READY && !whole && answer.code != REPLY_CLOSING)
            state = REMOTE_STRANGE;
    }
    if (state != REMOTE_READY)
        return request_lost(remote, style, state);
    if (*changed && answer.code == REPLY_BUSY)
        return REQUEST_FAILED;
    *changed = false;
    return finish(remote, style, &before, &answer);
}

/* In a conversation: its input is no file, and whoever writes into a pipe may never come. */
static bool is_plain(const char *path)
{
    struct stat st;

    return !is_stdin(path) && (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

enum request_end put_file(struct remote *remote, const struct style *style, const char *path,
                          const char *name)
{
    struct source source;
    enum request_end end = REQUEST_FAILED;
    bool changed = true;

    if (style->interactive && !is_plain(path)) {
        request_say(style, "'%s': expected the name of a file", path);
        return REQUEST_FAILED;
    }
    if (open_source(&source, path, name) != 0 || measure(&source, remote) != 0) {
        request_say(style, errno == ECANCELED ? "%s: stopped" : "cannot read %s: %s", path,
                    strerror(errno));
        close_source(&source);
        return REQUEST_FAILED;
    }
    if (name == NULL && !is_name(source.name)) {
        request_say(style, "'%s': expected the name of a file", path);
        close_source(&source);
        return REQUEST_FAILED;
    }
    end = hand_in(remote, style, &source, &changed);
    if (changed && end == REQUEST_FAILED) {
        request_say(style, "%s changed while it was sent: sending it again", path);
        end = hand_in(remote, style, &source, &changed);
        if (changed && end == REQUEST_FAILED)
            request_say(style, "%s does not stand still: not handed in", path);
    }
    for (unsigned tries = 1; !style->interactive && request_may_try(remote, style, end, tries);
         tries++) {
        end = request_again(remote, style, tries);
        if (end == REQUEST_DONE)
            end = measure(&source, remote) == 0 ? hand_in(remote, style, &source, &changed)
                                                : REQUEST_FAILED;
    }
    close_source(&source);
    return end;
}

int put_run(struct remote *remote, const struct style *style, char *const *words)
{
    struct style with = *style;
    struct put_options options;
    char error[512];
    int64_t began = progress_now();
    int status = EXIT_SUCCESS;
    size_t files = 0;

    if (put_parse(&options, &words, error, sizeof error) != 0)
        return EXIT_FAILURE; /* commands_find has seen to that */
    if (options.receipt != NULL) {
        with.receipt = open(options.receipt, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (with.receipt < 0) {
            request_say(style, "cannot write %s: %s", options.receipt, strerror(errno));
            return EXIT_FAILURE;
        }
    }
    for (; *words != NULL; words++, files++) {
        enum request_end end = put_file(remote, &with, *words, options.name);

        if (end != REQUEST_DONE)
            status = EXIT_FAILURE;
        if (end == REQUEST_LOST)
            break;
    }
    if (options.receipt != NULL)
        close(with.receipt);
    if (files > 1 && style->progress && !style->quiet)
        progress_total(files, remote->sent, progress_now() - began);
    return status;
}
