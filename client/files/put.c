#define _POSIX_C_SOURCE 200809L

#include "client/files/put.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/local.h"
#include "client/files/progress.h"
#include "client/files/receipt.h"
#include "client/files/upload.h"
#include "client/limits.h"
#include "client/link/bytes.h"
#include "client/link/hello.h"
#include "client/link/nick.h"
#include "server/wire/clock.h"
#include "server/wire/line.h"
#include "server/wire/protocol.h"

/* ---- what was asked for */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* What reading says more clearly. */
static bool is_directory(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* protocol_file_valid */
#define NAME_RULE                                                                                  \
    "a name of at most 240 bytes without '/', without '.' at its beginning, and without control "  \
    "or invisible characters"

const char *put_expects(const struct put_options *options, char *const *files)
{
    if (options->name != NULL && files[1] != NULL)
        return "one file with --as";
    if (options->name != NULL)
        return protocol_file_valid(options->name) ? NULL : "after --as " NAME_RULE;
    for (; *files != NULL; files++) {
        if (is_stdin(*files))
            return "--as NAME with the standard input";
        if (!is_directory(last_part(*files)) && !protocol_file_valid(last_part(*files)))
            return "for each file without --as " NAME_RULE;
    }
    return NULL;
}

const char *put_unreadable(char *const *files)
{
    int failed = 0;

    for (size_t i = 0; files[i] != NULL; i++) {
        if (is_stdin(files[i]) || access(files[i], R_OK) == 0)
            return NULL;
        if (failed == 0)
            failed = errno;
    }
    errno = failed;
    return files[0];
}

/* ---- one file */

/* Handing in one file. */
struct put {
    struct remote *remote;
    const struct voice *voice;
    int receipt; /* descriptor of the file for receipts, or -1 */
    bool given;  /* the server has all bytes of the file, and its answer is awaited */
    const char *path;
    struct local file;
    uint64_t offset; /* bytes that the server had before */
};

/* Takes the server's answer about the file: it has all of the bytes, or it says why not. */
static enum answer_end finish(const struct put *put, const struct local *file,
                              const struct answer *answer)
{
    const struct voice *voice = put->voice;
    struct protocol_receipt receipt;
    enum answer_end end;

    if (answer->code == REPLY_MESSAGE) {
        voice_error(voice, "%s: the server does not accept files", put->path);
        return ANSWER_FAILED;
    }
    if (answer->code == REPLY_CUT) { /* it came while the last piece was under way */
        voice_error(voice, "%s: %s; not handed in", put->path, answer->text);
        return ANSWER_FAILED;
    }
    if (answer->code != REPLY_HANDED_IN) {
        end = answer_show(voice, answer, put->path);
        return end == ANSWER_DONE ? answer_lost(put->remote, voice, REMOTE_STRANGE) : end;
    }
    if (!protocol_parse_receipt(answer->text, &receipt) || strcmp(receipt.hex, file->hex) != 0 ||
        receipt.length != file->length) {
        voice_error(voice, "%s: the server has something else than what was sent; put it again",
                    put->path);
        return ANSWER_FAILED;
    }
    if (receipt_write(put->receipt, put->remote, voice, is_stdin(put->path) ? NULL : put->path,
                      file->name, &receipt) == 0)
        return ANSWER_DONE;
    voice_error(voice, "%s was handed in, but the receipt cannot be written: %s", put->path,
                strerror(errno));
    return ANSWER_FAILED;
}

static enum answer_end unreadable(const struct put *put)
{
    voice_error(put->voice, "cannot read %s: %s", put->path, strerror(errno));
    return ANSWER_FAILED;
}

static enum answer_end measure(struct put *put)
{
    enum answer_end end = local_measure(&put->file, put->remote, put->voice);

    return end == ANSWER_FAILED ? unreadable(put) : end;
}

/* Asks to hand the file in, from where an earlier attempt broke off. An old server knows no such
 * request, and says so with REPLY_BAD_ARGUMENT. */
static enum remote_state ask(struct put *put, struct answer *answer)
{
    const struct local *file = &put->file;
    enum remote_state state;

    put->offset = 0;
    state = remote_ask(put->remote, answer, remote_ignore, NULL, "put:%" PRIu64 ":%s: %s",
                       file->length, file->hex, file->name);
    if (state == REMOTE_READY && answer->code == REPLY_BAD_ARGUMENT)
        return remote_ask(put->remote, answer, remote_ignore, NULL, "put:%" PRIu64 ":%s %s",
                          file->length, file->hex, file->name);
    if (state != REMOTE_READY || answer->code != REPLY_GO_ON)
        return state;
    if (!protocol_parse_go_on(answer->text, &put->offset) || put->offset > file->length)
        return REMOTE_STRANGE;
    if (put->offset > 0)
        voice_note(put->voice, "%s: goes on at %u %%", file->name,
                   (unsigned)((double)put->offset * 100 / (double)file->length));
    return state;
}

/* Why the file should be handed in once more, which has not been said. */
enum again {
    AGAIN_NOT,
    AGAIN_CHANGED, /* the file has changed since it was measured */
    AGAIN_WHOLE,   /* the server had something else before */
};

/* The server did not get the bytes that were announced, whose digest is hex (NULL: there are no
 * such bytes any more). */
static enum answer_end look_again(struct put *put, const char *hex, enum again *again)
{
    enum answer_end end = measure(put);

    if (end == ANSWER_DONE && (hex == NULL || strcmp(hex, put->file.hex) != 0))
        *again = AGAIN_CHANGED;
    else if (end == ANSWER_DONE && put->offset > 0)
        *again = AGAIN_WHOLE;
    return *again != AGAIN_NOT ? ANSWER_FAILED : end;
}

/* Tries once. */
static enum answer_end hand_in(struct put *put, enum again *again)
{
    const struct local before = put->file;
    struct answer answer;
    enum remote_state state;
    enum given given = GIVEN_ALL;
    bool shorter = false;
    enum answer_end end;

    *again = AGAIN_NOT;
    put->given = false;
    if (hello_pieces(put->remote, put->voice) != ANSWER_DONE)
        return ANSWER_LOST;
    state = bytes_call_off(put->remote, ask(put, &answer));
    if (state == REMOTE_READY && answer.code == REPLY_GO_ON) {
        given = upload(put->remote, put->voice, &put->file, put->offset, &state, &shorter);
        if (shorter && state == REMOTE_STOPPED)
            return look_again(put, NULL, again);
        if (given == GIVEN_CUT) {
            voice_error(put->voice, "%s: %s; not handed in", put->path, put->remote->why_cut);
            return ANSWER_FAILED;
        }
        put->given = given == GIVEN_ALL;
        if (state == REMOTE_READY)
            state = remote_answer(put->remote, &answer, remote_ignore, NULL);
        if (state == REMOTE_READY && given != GIVEN_ALL && answer.code != REPLY_CLOSING)
            state = REMOTE_STRANGE;
    }
    if (state != REMOTE_READY)
        return answer_lost(put->remote, put->voice, state);
    if (put->given && answer.code == REPLY_BUSY) {
        end = look_again(put, before.hex, again);
        if (end != ANSWER_DONE)
            return end;
    }
    return finish(put, &before, &answer);
}

/* Hands the file in, and once more if it changed meanwhile, or if the bytes that the server had
 * before are not the file's. */
static enum answer_end hand_in_twice(struct put *put)
{
    const char *path = put->path;
    enum again again;
    enum answer_end end = hand_in(put, &again);

    if (again == AGAIN_NOT)
        return end;
    voice_error(put->voice,
                again == AGAIN_CHANGED
                    ? "%s changed while it was sent: sending it again"
                    : "%s: what the server had of it is something else: sending all of it",
                path);
    end = hand_in(put, &again);
    if (again != AGAIN_NOT)
        voice_error(put->voice, "%s keeps changing: not handed in", path);
    return end;
}

/* Whether a conversation may hand in this file: neither its own input nor a pipe, because a read
 * from a pipe could wait for ever. */
static bool is_plain(const char *path)
{
    struct stat st;

    return !is_stdin(path) && (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Asks whether there is room for a file that takes long to read, before it is read. An old server
 * knows no such question, and says so with REPLY_BAD_ARGUMENT. */
static enum answer_end ask_room(const struct put *put)
{
    struct answer answer;
    enum remote_state state;

    if (put->file.length < PUT_ASK_LEAST)
        return ANSWER_DONE;
    if (hello_pieces(put->remote, put->voice) != ANSWER_DONE)
        return ANSWER_LOST;
    state = remote_ask(put->remote, &answer, remote_ignore, NULL, "put:%" PRIu64 ": %s",
                       put->file.length, put->file.name);
    if (state != REMOTE_READY)
        return answer_lost(put->remote, put->voice, state);
    if (answer.code == REPLY_NOTED || answer.code == REPLY_BAD_ARGUMENT)
        return ANSWER_DONE;
    return finish(put, &put->file, &answer);
}

/* Opens and measures the file, or says why that cannot be done. */
static enum answer_end prepare(struct put *put, const char *path, const char *name)
{
    enum answer_end end;

    if (put->voice->interactive && !is_plain(path)) {
        voice_error(put->voice, "'%s': expected the name of a file", path);
        return ANSWER_FAILED;
    }
    if (local_open(&put->file, is_stdin(path) ? NULL : path, name ? name : last_part(path)) != 0)
        return unreadable(put);
    if (name == NULL && !protocol_file_valid(put->file.name)) {
        voice_error(put->voice, "'%s': expected " NAME_RULE, path);
        return ANSWER_FAILED;
    }
    end = ask_room(put);
    return end == ANSWER_DONE ? measure(put) : end;
}

static enum answer_end put_one(struct put *put, const char *path, const char *name)
{
    enum answer_end end;

    put->path = path;
    put->file = (struct local){.fd = -1};
    put->remote->patience_ms = REMOTE_ANSWER_MS;
    end = prepare(put, path, name);
    if (end == ANSWER_DONE)
        end = hand_in_twice(put);
    for (unsigned tries = 1; !put->voice->interactive && hello_may_try(put->remote, end, tries);
         tries++) {
        end = hello_again(put->remote, put->voice, tries);
        if (end == ANSWER_DONE)
            end = measure(put);
        if (end == ANSWER_DONE)
            end = hand_in_twice(put);
    }
    local_close(&put->file);
    if (end == ANSWER_STOPPED)
        voice_error(put->voice, "%s: stopped; %s", path,
                    put->given ? "the server may have it: put it again to know" : "not handed in");
    return end;
}

enum answer_end put_file(struct remote *remote, const struct voice *voice, const char *path)
{
    struct put put = {.remote = remote, .voice = voice, .receipt = -1};

    return nick_is_chosen(remote, voice) ? put_one(&put, path, NULL) : ANSWER_FAILED;
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
        if (!answer_goes_on(end))
            break;
    }
    if (put.receipt >= 0)
        close(put.receipt);
    progress_total(voice, count, remote->sent, clock_now() - began);
    return status;
}
