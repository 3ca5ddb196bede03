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

/* ---- where the file goes */

bool partial_is_directory(const char *path)
{
    struct stat st;

    return path[0] != '\0' &&
           (path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

static int choose_path(struct partial *partial, const char *name, const char *output)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    int length;

    if (last[0] == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        errno = EINVAL;
        return -1;
    }
    if (output == NULL)
        length = snprintf(partial->path, sizeof partial->path, "%s", last);
    else if (partial_is_directory(output))
        length = snprintf(partial->path, sizeof partial->path, "%s%s%s", output,
                          output[strlen(output) - 1] == '/' ? "" : "/", last);
    else
        length = snprintf(partial->path, sizeof partial->path, "%s", output);
    if (length < 0 || (size_t)length >= sizeof partial->path ||
        snprintf(partial->part, sizeof partial->part, "%s.part", partial->path) >=
            (int)sizeof partial->part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

/* ---- the part */

static bool is_still(int fd, const char *path)
{
    struct stat ours, named;

    return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

/* Opens and locks the part, so that two processes that fetch one file do not mix their bytes.
 * Returns -1 with errno: EBUSY where another process has locked it. */
static int open_part(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        int failed = 0;
        struct stat st;

        if (fd < 0)
            return -1;
        if (fstat(fd, &st) != 0)
            failed = errno;
        else if (!S_ISREG(st.st_mode))
            failed = EEXIST;
        else if (fcntl(fd, F_SETLK, &lock) != 0)
            failed = errno == EACCES || errno == EAGAIN ? EBUSY : errno;
        else if (is_still(fd, path))
            return fd;
        close(fd); /* its owner has just moved it to its place: try again */
        if (failed != 0) {
            errno = failed;
            return -1;
        }
    }
}

bool partial_digest(struct remote *remote, const struct voice *voice, const char *name,
                    const char *output, struct sha256 *sum)
{
    struct partial there;
    struct stat st;
    bool good;
    int fd;

    if (choose_path(&there, name, output) != 0)
        return false;
    fd = open(there.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           local_digest(sum, fd, name, remote, voice) == 0;
    close(fd);
    return good;
}

int partial_begin(struct partial *partial, struct remote *remote, const struct voice *voice,
                  const char *name, const char *output)
{
    partial->fd = -1;
    partial->have = 0;
    sha256_init(&partial->sum);
    if (choose_path(partial, name, output) != 0) {
        voice_error(voice, "'%s': expected %s", name,
                    errno == ENAMETOOLONG ? "a shorter file name" : "the name of a file");
        return -1;
    }
    partial->fd = open_part(partial->part);
    if (partial->fd < 0 && errno == EBUSY)
        voice_error(voice, "%s: another rollcall is fetching this file", partial->part);
    else if (partial->fd < 0)
        voice_error(voice, "cannot write %s: %s", partial->part, strerror(errno));
    else if (local_digest(&partial->sum, partial->fd, name, remote, voice) != 0)
        voice_error(voice, errno == ECANCELED ? "%s: stopped" : "cannot read %s: %s", partial->part,
                    strerror(errno));
    else {
        partial->have = partial->sum.length;
        return 0;
    }
    if (partial->fd >= 0)
        close(partial->fd);
    partial->fd = -1;
    return -1;
}

int partial_restart(struct partial *partial)
{
    partial->have = 0;
    sha256_init(&partial->sum);
    return ftruncate(partial->fd, 0) == 0 && lseek(partial->fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

void partial_leave(struct partial *partial)
{
    if (partial->fd < 0)
        return;
    if (partial->have == 0)
        unlink(partial->part);
    close(partial->fd);
    partial->fd = -1;
}

void partial_abandon(struct partial *partial)
{
    partial->have = 0;
    partial_leave(partial);
}

/* ---- receiving */

/* What is being received. */
struct receiving {
    struct partial *partial;
    struct progress progress;
    uint64_t left;  /* bytes that are still to come */
    bool overflows; /* more came */
    int failed; /* errno of a write; what comes then is only read, so that the session can go on */
};

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
    if (receiving->failed != 0)
        return;
    if (line_write(partial->fd, data, size, NULL, NULL) != 0) {
        receiving->failed = errno;
        return;
    }
    sha256_add(&partial->sum, data, size);
    partial->have += size;
    progress_step(&receiving->progress, partial->have);
}

static enum remote_state receive_run(struct receiving *receiving, struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    while (receiving->left > 0 && state == REMOTE_READY) {
        char chunk[FILE_CHUNK];
        size_t got = 0, most = sizeof chunk;

        if (receiving->left < most)
            most = (size_t)receiving->left;
        state = remote_read(remote, chunk, most, &got);
        store(receiving, chunk, got);
    }
    return state;
}

/* A file that the user stops ends here, and the session goes on: REMOTE_CUT. */
static enum remote_state receive_pieces(struct receiving *receiving, struct remote *remote)
{
    enum remote_state state = REMOTE_READY;

    bytes_begin(remote, store, receiving);
    while (receiving->left > 0 && state == REMOTE_READY)
        state = bytes_get_piece(remote);
    if (state == REMOTE_BROKEN && errno == ECANCELED) {
        state = bytes_stop(remote);
        if (state == REMOTE_READY && receiving->left > 0) {
            state = REMOTE_CUT;
            (void)snprintf(remote->why_cut, sizeof remote->why_cut, "stopped");
        }
    }
    bytes_end(remote);
    return receiving->overflows && state == REMOTE_READY ? REMOTE_STRANGE : state;
}

/* Says why the bytes end too early, and how many are here. */
static enum answer_end lose(const struct partial *partial, const struct remote *remote,
                            const struct voice *voice, enum remote_state state, uint64_t total)
{
    char why[sizeof remote->farewell];

    (void)snprintf(why, sizeof why, "%s", remote_state_text(remote, state));
    if (state == REMOTE_ENDED)
        voice_error(voice, "%s", why);
    if (state == REMOTE_ENDED || state == REMOTE_OVER)
        voice_error(voice, "%s: %" PRIu64 " of %" PRIu64 " bytes received", partial->path,
                    partial->have, total);
    else
        voice_error(voice, "%s: %s after %" PRIu64 " of %" PRIu64 " bytes", partial->path, why,
                    partial->have, total);
    return state == REMOTE_CUT ? ANSWER_FAILED : ANSWER_LOST;
}

enum answer_end partial_receive(struct partial *partial, struct remote *remote,
                                const struct voice *voice, const char *name, uint64_t length)
{
    struct receiving receiving = {.partial = partial, .left = length};
    uint64_t total = partial->have + length;
    enum remote_state state;

    progress_begin(&receiving.progress, voice, name, partial->have, total);
    state =
        remote->in_pieces ? receive_pieces(&receiving, remote) : receive_run(&receiving, remote);
    progress_end(&receiving.progress, partial->have);
    if (state != REMOTE_READY)
        return lose(partial, remote, voice, state, total);
    if (receiving.failed == 0)
        return ANSWER_DONE;
    voice_error(voice, "cannot write %s: %s", partial->part, strerror(receiving.failed));
    return ANSWER_FAILED;
}

/* ---- moving the file to its place */

static bool same_content(int fd, const char *path)
{
    char ours[FILE_CHUNK], theirs[FILE_CHUNK];
    int other = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat a, b;
    bool same = other >= 0 && fstat(fd, &a) == 0 && fstat(other, &b) == 0 && S_ISREG(b.st_mode) &&
                a.st_size == b.st_size;

    for (off_t at = 0; same && at < a.st_size;) {
        ssize_t got = pread(fd, ours, sizeof ours, at);

        same = got > 0 && pread(other, theirs, (size_t)got, at) == got &&
               memcmp(ours, theirs, (size_t)got) == 0;
        at += got;
    }
    if (other >= 0)
        close(other);
    return same;
}

/* Gives the file its name unless that exists. Some file systems (a memory stick's) have no links:
 * there an empty file reserves the name. */
static int place_new(const struct partial *partial)
{
    int fd;

    if (link(partial->part, partial->path) == 0)
        return unlink(partial->part);
    if (errno == EEXIST)
        return -1;
    fd = open(partial->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    return rename(partial->part, partial->path);
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
    int placed = fsync(partial->fd) == 0 ? place_new(partial) : -1;

    if (placed != 0 && errno == EEXIST) {
        if (same_content(partial->fd, partial->path)) {
            partial_abandon(partial);
            return 0;
        }
        if (overwrite == NULL || !overwrite(context, partial->path)) {
            voice_error(voice, "%s exists and is different: not overwritten", partial->path);
            partial_abandon(partial);
            return -1;
        }
        placed = rename(partial->part, partial->path);
    }
    if (placed != 0) {
        voice_error(voice, "cannot write %s: %s", partial->path, strerror(errno));
        partial_leave(partial);
        return -1;
    }
    sync_directory(partial->path);
    close(partial->fd);
    partial->fd = -1;
    return 0;
}
