#define _POSIX_C_SOURCE 200809L

#include "client/files/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/local.h"
#include "client/files/progress.h"
#include "client/limits.h"
#include "client/link/bytes.h"
#include "server/wire/line.h"
#include "server/wire/text.h"

/* ---- the beginning */

enum answer_end partial_digest(struct remote *remote, const struct voice *voice, const char *name,
                               const char *output, struct sha256 *sum)
{
    enum answer_end end = ANSWER_FAILED;
    struct target there;
    struct stat st;
    int fd;

    if (target_find(&there, name, output) != 0 || there.is_stream)
        return ANSWER_FAILED;
    fd = open(there.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return ANSWER_FAILED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        end = local_digest(sum, fd, UINT64_MAX, name, remote, voice);
    close(fd);
    return end;
}

static enum answer_end begin_stream(struct partial *partial, const struct voice *voice,
                                    struct partial_stream *stream)
{
    partial->stream = stream;
    if (stream->fd < 0) {
        sha256_init(&stream->sum);
        stream->fd = target_open(&partial->target, !voice->interactive);
    }
    if (stream->fd < 0) {
        voice_error(voice, "cannot write %s: %s", partial->target.path, strerror(errno));
        return ANSWER_FAILED;
    }
    partial->have = stream->have;
    partial->sum = stream->sum;
    return ANSWER_DONE;
}

/* For who means a directory. */
static const char *for_all_of(const struct voice *voice)
{
    return voice->interactive ? "'/get DIR/*' fetches a directory's files"
                              : "'get -r' fetches a directory";
}

/* Whether something has the file's name that even the user's leave to overwrite does not cover. */
static bool is_blocked(const struct partial *partial, const struct voice *voice)
{
    const char *path = partial->target.path;
    struct stat st;

    if (lstat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
        return false;
    if (S_ISDIR(st.st_mode))
        voice_error(voice, "cannot write %s: it is a directory here; %s", path, for_all_of(voice));
    else
        voice_error(voice, "cannot write %s: it exists and is not a regular file", path);
    return true;
}

static enum answer_end begin_part(struct partial *partial, struct remote *remote,
                                  const struct voice *voice, const char *name)
{
    struct part *part = &partial->part;
    enum answer_end end;

    if (is_blocked(partial, voice))
        return ANSWER_FAILED;
    if (part_open(part, partial->target.path, &partial->have) != 0) {
        if (errno == EBUSY)
            voice_error(
                voice,
                "%s: another rollcall is fetching this file; wait until that is done, or end it",
                part->path);
        else if (errno == EEXIST)
            voice_error(voice,
                        "cannot write %s: it exists and was not made by rollcall; move it away",
                        part->path);
        else if (errno == ENOENT)
            voice_error(voice, "cannot write %s: its directory does not exist; make it first",
                        partial->target.path);
        else
            voice_error(voice, "cannot write %s: %s", part->path, strerror(errno));
        return ANSWER_FAILED;
    }
    end = local_digest(&partial->sum, part->fd, partial->have, name, remote, voice);
    if (end == ANSWER_DONE && partial->sum.length == partial->have)
        return end;
    if (end == ANSWER_FAILED || end == ANSWER_DONE)
        voice_error(voice, "cannot read %s: %s", part->path,
                    end == ANSWER_FAILED ? strerror(errno) : "it became shorter");
    part_close(part, true);
    return end == ANSWER_DONE ? ANSWER_FAILED : end;
}

enum answer_end partial_begin(struct partial *partial, struct remote *remote,
                              const struct voice *voice, const char *name, const char *output,
                              struct partial_stream *stream)
{
    partial->part.fd = -1;
    partial->stream = NULL;
    partial->have = partial->total = 0;
    sha256_init(&partial->sum);
    if (target_find(&partial->target, name, output) == 0)
        return partial->target.is_stream ? begin_stream(partial, voice, stream)
                                         : begin_part(partial, remote, voice, name);
    if (errno == EINVAL || errno == ENAMETOOLONG)
        voice_error(voice, "'%s': expected %s%s", name,
                    errno == ENAMETOOLONG ? "a shorter file name" : "the name of a file; ",
                    errno == ENAMETOOLONG ? "" : for_all_of(voice));
    else
        voice_error(voice, "cannot write %s: %s", partial->target.path, strerror(errno));
    return ANSWER_FAILED;
}

bool partial_may_restart(const struct partial *partial)
{
    return partial->stream == NULL || partial->have == 0;
}

int partial_restart(struct partial *partial)
{
    if (!partial_may_restart(partial)) {
        errno = ESPIPE;
        return -1;
    }
    partial->have = 0;
    sha256_init(&partial->sum);
    return partial->stream != NULL ? 0 : part_empty(&partial->part);
}

void partial_leave(struct partial *partial)
{
    if (partial->stream != NULL) {
        partial->stream->have = partial->have;
        partial->stream->sum = partial->sum;
    }
    part_close(&partial->part, partial->have > 0);
}

void partial_abandon(struct partial *partial)
{
    part_close(&partial->part, false);
}

/* ---- receiving */

/* The file being received. */
struct receiving {
    struct partial *partial;
    const struct voice *voice;
    struct progress progress;
    uint64_t left;  /* bytes not yet received */
    bool overflows; /* the server sent more bytes */
    int failed; /* errno of a failed write; later bytes are read and dropped, so that the session
                   can go on */
};

/* Returns 0, or an errno. */
static int add_bytes(struct partial *partial, const void *bytes, size_t size)
{
    int failed = 0;

    if (partial->stream == NULL)
        failed = part_add(&partial->part, partial->have, bytes, size) == 0 ? 0 : errno;
    else if (line_write(partial->stream->fd, bytes, size, NULL, NULL) != 0)
        failed = errno;
    if (failed != 0)
        return failed;
    sha256_add(&partial->sum, bytes, size);
    partial->have += size;
    return 0;
}

/* Whether nobody reads the stream, so that the session can end here: a conversation goes on. */
static bool is_unread(const struct partial *partial, const struct voice *voice, int error)
{
    return error == EPIPE && partial->stream != NULL && !voice->interactive;
}

/* remote_sink */
static void store(void *context, const void *data, size_t size)
{
    struct receiving *receiving = context;
    struct partial *partial = receiving->partial;

    if (size > receiving->left) {
        receiving->overflows = true;
        size = (size_t)receiving->left;
    }
    receiving->left -= size;
    if (size == 0 || receiving->failed != 0)
        return;
    receiving->failed = add_bytes(partial, data, size);
    if (receiving->failed == 0)
        progress_step(&receiving->progress, partial->have);
}

/* Whether there is use in more bytes. */
static bool is_wanted(const struct receiving *receiving)
{
    return receiving->left > 0 &&
           !is_unread(receiving->partial, receiving->voice, receiving->failed);
}

static enum remote_state receive_run(struct receiving *receiving, struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    while (is_wanted(receiving) && state == REMOTE_READY) {
        char chunk[FILE_CHUNK];
        size_t got = 0, most = sizeof chunk;

        if (receiving->left < most)
            most = (size_t)receiving->left;
        state = remote_read(remote, chunk, most, &got);
        store(receiving, chunk, got);
    }
    return state;
}

/* A stop by the user is no stop any more if all bytes had come. */
static enum remote_state receive_pieces(struct receiving *receiving, struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    bytes_begin(remote, store, receiving);
    while (is_wanted(receiving) && state == REMOTE_READY)
        state = bytes_get_piece(remote);
    if (state == REMOTE_STOPPED) {
        state = bytes_stop(remote);
        if (state == REMOTE_READY && receiving->left > 0)
            state = REMOTE_STOPPED;
    }
    bytes_end(remote);
    return receiving->overflows && state == REMOTE_READY ? REMOTE_STRANGE : state;
}

/* Says why the bytes end too early, and how many were received. */
static enum answer_end lose(const struct partial *partial, const struct remote *remote,
                            const struct voice *voice, enum remote_state state)
{
    char why[sizeof remote->farewell];

    (void)snprintf(why, sizeof why, "%s", remote_state_text(remote, state));
    if (state == REMOTE_ENDED)
        voice_error(voice, "%s", why);
    if (state == REMOTE_ENDED || state == REMOTE_OVER)
        voice_error(voice, "%s: %" PRIu64 " of %" PRIu64 " byte%s received", partial->target.path,
                    partial->have, partial->total, text_s(partial->total));
    else
        voice_error(voice, "%s: %s after %" PRIu64 " of %" PRIu64 " byte%s", partial->target.path,
                    why, partial->have, partial->total, text_s(partial->total));
    return state == REMOTE_CUT ? ANSWER_FAILED : ANSWER_LOST;
}

/* Says why the bytes cannot be written. */
static enum answer_end refuse(const struct partial *partial, const struct voice *voice, int error)
{
    voice_error(voice, "cannot write %s: %s",
                partial->stream == NULL ? partial->part.path : partial->target.path,
                strerror(error));
    if (!is_unread(partial, voice, error))
        return ANSWER_FAILED;
    partial->stream->nobody = true;
    return ANSWER_LOST;
}

enum answer_end partial_receive(struct partial *partial, struct remote *remote,
                                const struct voice *voice, const char *name, uint64_t length)
{
    struct receiving receiving = {.partial = partial, .voice = voice, .left = length};
    enum remote_state state;

    partial->total = partial->have + length;
    progress_begin(&receiving.progress, voice, name, partial->have, partial->total);
    state =
        remote->in_pieces ? receive_pieces(&receiving, remote) : receive_run(&receiving, remote);
    progress_end(&receiving.progress, partial->have);
    partial->cut = state == REMOTE_CUT;
    if (state == REMOTE_STOPPED && remote->in_pieces)
        return ANSWER_STOPPED;
    if (state != REMOTE_READY)
        return lose(partial, remote, voice, state);
    return receiving.failed == 0 ? ANSWER_DONE : refuse(partial, voice, receiving.failed);
}

/* ---- moving the file to its place */

/* Whether what is there is a file with the bytes of the part. */
static bool is_same(const struct partial *partial)
{
    char ours[FILE_CHUNK], theirs[FILE_CHUNK];
    int other = open(partial->target.path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    bool same = other >= 0 && fstat(other, &st) == 0 && S_ISREG(st.st_mode) &&
                (uint64_t)st.st_size == partial->have;

    for (uint64_t at = 0; same && at < partial->have;) {
        uint64_t left = partial->have - at;
        ssize_t got = pread(partial->part.fd, ours, left < sizeof ours ? (size_t)left : sizeof ours,
                            (off_t)at);

        same = got > 0 && pread(other, theirs, (size_t)got, (off_t)at) == got &&
               memcmp(ours, theirs, (size_t)got) == 0;
        at += same ? (uint64_t)got : 0;
    }
    if (other >= 0)
        close(other);
    return same;
}

/* What to do with what has the file's name already. */
enum there { TARGET_FREE, TARGET_SAME, TARGET_REPLACE, TARGET_REFUSED };

static enum there look_there(const struct partial *partial, const struct voice *voice,
                             partial_overwrite *overwrite, void *context)
{
    const char *path = partial->target.path;
    struct stat st;

    if (lstat(path, &st) != 0)
        return TARGET_FREE;
    if (is_blocked(partial, voice))
        return TARGET_REFUSED;
    if (is_same(partial))
        return TARGET_SAME;
    if (overwrite != NULL && overwrite(context, path))
        return TARGET_REPLACE;
    voice_error(voice, "%s exists and is different: not overwritten", path);
    return TARGET_REFUSED;
}

/* Makes the new name survive a loss of power. Some file systems cannot sync a directory. */
static void sync_directory(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd;

    (void)snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash + 1 - path) : 1,
                   slash ? path : ".");
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

int partial_finish(struct partial *partial, const struct voice *voice, partial_overwrite *overwrite,
                   void *context)
{
    const char *path = partial->target.path;
    enum there there;
    int failed = 0;

    if (partial->stream != NULL)
        return 0;
    there = look_there(partial, voice, overwrite, context);
    if (there == TARGET_SAME || there == TARGET_REFUSED) {
        partial_abandon(partial);
        return there == TARGET_SAME ? 0 : -1;
    }
    if (part_complete(&partial->part, partial->have) != 0 ||
        part_place(&partial->part, path, there == TARGET_REPLACE) != 0)
        failed = errno;
    if (failed == EEXIST) { /* since a moment ago */
        voice_error(voice, "%s exists and is different: not overwritten", path);
        partial_abandon(partial);
        return -1;
    }
    if (failed != 0)
        (void)part_add(&partial->part, partial->have, "", 0); /* the mark again */
    part_close(&partial->part, true);
    if (failed != 0) {
        voice_error(voice, "cannot write %s: %s", path, strerror(failed));
        return -1;
    }
    sync_directory(path);
    return 0;
}
