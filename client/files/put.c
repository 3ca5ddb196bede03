#define _POSIX_C_SOURCE 200809L

#include "client/files/put.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/progress.h"
#include "client/limits.h"
#include "client/link/hello.h"
#include "server/wire/clock.h"
#include "server/wire/line.h"
#include "server/wire/protocol.h"
#include "server/wire/sha256.h"
#include "server/wire/text.h"

/* ---- what was asked for */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
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

const char *put_expects(const struct put_options *options, char *const *files)
{
    if (options->name != NULL && files[1] != NULL)
        return "one file with --as";
    if (options->name != NULL)
        return is_name(options->name)
                   ? NULL
                   : "a file's name after --as, without '/' and control characters";
    for (; *files != NULL; files++) {
        if (is_stdin(*files))
            return "--as NAME with the standard input";
        if (!is_name(last_part(*files)))
            return "files whose names are UTF-8 without control characters";
    }
    return NULL;
}

/* ---- what is handed in */

struct source {
    const char *path, *name;
    int fd;
    FILE *spool; /* a copy of what cannot be read twice; else NULL */
    uint64_t length;
    char hex[SHA256_HEX_SIZE];
};

/* Handing in one file. */
struct put {
    struct remote *remote;
    const struct voice *voice;
    int receipt; /* descriptor of the file for receipts, or -1 */
    struct source source;
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

/* Computes the length and the digest of the file as it is now. Returns 0, or -1 with errno. */
static int measure(struct source *source, const struct remote *remote)
{
    char chunk[FILE_CHUNK];
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

/* What became of the bytes. After any but GIVEN_ALL the session is of no more use. */
enum given {
    GIVEN_ALL,
    GIVEN_UNTIL_ANSWER, /* the server has answered before it had all of them */
    GIVEN_SHORTER,      /* the file has no more bytes */
    GIVEN_LOST,         /* *state */
};

static enum given give(struct put *put, enum remote_state *state)
{
    char chunk[FILE_CHUNK], shown[TEXT_SHOWN_SIZE(NAME_MAX)];
    const struct source *source = &put->source;
    struct progress progress;
    enum given result = GIVEN_ALL;
    uint64_t sent = 0;

    text_show(shown, sizeof shown, source->name, strlen(source->name));
    progress_begin(&progress, put->voice, shown, 0, source->length);
    while (result == GIVEN_ALL && sent < source->length) {
        uint64_t left = source->length - sent;
        ssize_t got = pread(source->fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk,
                            (off_t)sent);
        size_t given = 0;

        if (got <= 0) {
            result = GIVEN_SHORTER;
            break;
        }
        *state = remote_give(put->remote, chunk, (size_t)got, &given);
        sent += given;
        if (*state != REMOTE_READY)
            result = GIVEN_LOST;
        else if (given < (size_t)got)
            result = GIVEN_UNTIL_ANSWER;
        progress_step(&progress, sent);
    }
    progress_end(&progress, sent);
    put->remote->sent += sent;
    return result;
}

/* Writes a receipt that sha256sum(1) can check: it skips the line that begins with '#'. */
static int write_receipt(const struct put *put, const struct source *source,
                         const struct protocol_receipt *receipt)
{
    const struct remote *remote = put->remote;
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
    if (put->voice->interactive)
        voice_note(put->voice, "Handed in: %s", line + strlen("# "));
    else
        printf("%s\n%s  %s\n", shown, receipt->hex, file);
    if (put->receipt < 0)
        return 0;
    length = snprintf(line, sizeof line, "%s\n%s  %s\n", shown, receipt->hex, file);
    return line_write(put->receipt, line, (size_t)length, NULL, NULL) == 0 ? fsync(put->receipt)
                                                                           : -1;
}

/* Takes the server's answer about the source: it has all of the bytes, or it says why not. */
static enum answer_end finish(const struct put *put, const struct source *source,
                              const struct answer *answer)
{
    const struct voice *voice = put->voice;
    struct protocol_receipt receipt;
    enum answer_end end;

    if (answer->code == REPLY_MESSAGE) {
        voice_error(voice, "%s: the server takes no files", source->path);
        return ANSWER_FAILED;
    }
    if (answer->code != REPLY_HANDED_IN) {
        end = answer_show(voice, answer, source->path);
        return end == ANSWER_DONE ? answer_lost(put->remote, voice, REMOTE_STRANGE) : end;
    }
    if (!protocol_parse_receipt(answer->text, &receipt) || strcmp(receipt.hex, source->hex) != 0 ||
        receipt.length != source->length) {
        voice_error(voice, "%s: what the server has is not what was sent", source->path);
        return ANSWER_FAILED;
    }
    if (write_receipt(put, source, &receipt) == 0)
        return ANSWER_DONE;
    voice_error(voice, "%s is handed in, but the receipt cannot be written: %s", source->path,
                strerror(errno));
    return ANSWER_FAILED;
}

/* Tries once. *changed: the server refused the bytes because the file is no longer what it was when
 * it was measured, which has not been said. */
static enum answer_end hand_in(struct put *put, bool *changed)
{
    struct source *source = &put->source;
    const struct source before = *source;
    struct answer answer;
    enum remote_state state;
    enum given given = GIVEN_ALL;
    bool differs = false;

    *changed = false;
    if (hello_pieces(put->remote, put->voice) != ANSWER_DONE)
        return ANSWER_LOST;
    state = remote_ask(put->remote, &answer, remote_ignore, NULL, "put:%" PRIu64 ":%s %s",
                       source->length, source->hex, source->name);
    if (state == REMOTE_READY && answer.code == REPLY_GO_ON) {
        given = give(put, &state);
        if (given == GIVEN_SHORTER) {
            voice_error(put->voice, "%s became shorter while it was sent", source->path);
            return ANSWER_LOST;
        }
        if (given == GIVEN_ALL)
            differs = measure(source, put->remote) != 0 || strcmp(before.hex, source->hex) != 0;
        if (state == REMOTE_READY)
            state = remote_answer(put->remote, &answer, remote_ignore, NULL);
        if (state == REMOTE_READY && given != GIVEN_ALL && answer.code != REPLY_CLOSING)
            state = REMOTE_STRANGE;
    }
    if (state != REMOTE_READY)
        return answer_lost(put->remote, put->voice, state);
    *changed = differs && answer.code == REPLY_BUSY;
    return *changed ? ANSWER_FAILED : finish(put, &before, &answer);
}

/* Hands the file in, and once more if it changed meanwhile. */
static enum answer_end hand_in_twice(struct put *put)
{
    const char *path = put->source.path;
    bool changed;
    enum answer_end end = hand_in(put, &changed);

    if (!changed)
        return end;
    voice_error(put->voice, "%s changed while it was sent: sending it again", path);
    end = hand_in(put, &changed);
    if (changed)
        voice_error(put->voice, "%s does not stand still: not handed in", path);
    return end;
}

/* Whether a conversation may hand in what is there: not its own input, and not a pipe into which
 * nobody may ever write. */
static bool is_plain(const char *path)
{
    struct stat st;

    return !is_stdin(path) && (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Opens and measures the source, or says why that cannot be done. */
static enum answer_end prepare(struct put *put, const char *path, const char *name)
{
    if (put->voice->interactive && !is_plain(path)) {
        voice_error(put->voice, "'%s': expected the name of a file", path);
        return ANSWER_FAILED;
    }
    if (open_source(&put->source, path, name) != 0 || measure(&put->source, put->remote) != 0) {
        voice_error(put->voice, errno == ECANCELED ? "%s: stopped" : "cannot read %s: %s", path,
                    strerror(errno));
        return ANSWER_FAILED;
    }
    if (name == NULL && !is_name(put->source.name)) {
        voice_error(put->voice, "'%s': expected the name of a file", path);
        return ANSWER_FAILED;
    }
    return ANSWER_DONE;
}

static enum answer_end put_one(struct put *put, const char *path, const char *name)
{
    enum answer_end end;

    put->source = (struct source){.fd = -1};
    put->remote->patience_ms = REMOTE_ANSWER_MS;
    end = prepare(put, path, name);
    if (end == ANSWER_DONE)
        end = hand_in_twice(put);
    for (unsigned tries = 1; !put->voice->interactive && hello_may_try(put->remote, end, tries);
         tries++) {
        end = hello_again(put->remote, put->voice, tries);
        if (end == ANSWER_DONE)
            end = measure(&put->source, put->remote) == 0 ? hand_in_twice(put) : ANSWER_FAILED;
    }
    close_source(&put->source);
    return end;
}

enum answer_end put_file(struct remote *remote, const struct voice *voice, const char *path)
{
    struct put put = {.remote = remote, .voice = voice, .receipt = -1};

    return put_one(&put, path, NULL);
}

int put_run(struct remote *remote, const struct voice *voice, const struct put_options *options,
            char *const *files)
{
    struct put put = {.remote = remote, .voice = voice, .receipt = -1};
    int64_t began = clock_now();
    int status = EXIT_SUCCESS;
    size_t count = 0;

    if (options->receipt != NULL) {
        put.receipt = open(options->receipt, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (put.receipt < 0) {
            voice_error(voice, "cannot write %s: %s", options->receipt, strerror(errno));
            return EXIT_FAILURE;
        }
    }
    for (; files[count] != NULL; count++) {
        enum answer_end end = put_one(&put, files[count], options->name);

        if (end != ANSWER_DONE)
            status = EXIT_FAILURE;
        if (end == ANSWER_LOST)
            break;
    }
    if (put.receipt >= 0)
        close(put.receipt);
    progress_total(voice, count, remote->sent, clock_now() - began);
    return status;
}
