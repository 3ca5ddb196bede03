#define _POSIX_C_SOURCE 200809L

#include "client/files/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes read at once */

/* ---- where it goes */

bool transfer_is_directory(const char *path)
{
    struct stat st;

    return path[0] != '\0' &&
           (path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

static int choose_path(struct transfer *transfer, const char *name, const char *output)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    int length;

    if (last[0] == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        errno = EINVAL;
        return -1;
    }
    if (output == NULL)
        length = snprintf(transfer->path, sizeof transfer->path, "%s", last);
    else if (transfer_is_directory(output))
        length = snprintf(transfer->path, sizeof transfer->path, "%s%s%s", output,
                          output[strlen(output) - 1] == '/' ? "" : "/", last);
    else
        length = snprintf(transfer->path, sizeof transfer->path, "%s", output);
    if (length < 0 || (size_t)length >= sizeof transfer->path ||
        snprintf(transfer->part, sizeof transfer->part, "%s.part", transfer->path) >=
            (int)sizeof transfer->part) {
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

/* Opens and locks it, so that two who fetch one file do not mix. Returns -1 with errno: EBUSY where
 * another one is at it. */
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
        close(fd); /* the one who had it has just put it in its place: try again */
        if (failed != 0) {
            errno = failed;
            return -1;
        }
    }
}

/* Adds what can be read. Returns 0, or -1 with errno. */
static int add_file(struct sha256 *sum, int fd, const struct remote *remote)
{
    static char chunk[CHUNK];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) > 0) {
        sha256_add(sum, chunk, (size_t)got);
        if (!remote_breathe(remote))
            return -1;
    }
    return got < 0 ? -1 : 0;
}

bool transfer_digest(const struct remote *remote, const char *name, const char *output,
                     struct sha256 *sum)
{
    struct transfer there;
    struct stat st;
    bool good;
    int fd;

    if (choose_path(&there, name, output) != 0)
        return false;
    fd = open(there.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    sha256_init(sum);
    good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && add_file(sum, fd, remote) == 0;
    close(fd);
    return good;
}

int transfer_begin(struct transfer *transfer, const struct remote *remote, const char *name,
                   const char *output, char *error, size_t size)
{
    transfer->fd = -1;
    transfer->have = 0;
    sha256_init(&transfer->sum);
    if (choose_path(transfer, name, output) != 0) {
        (void)snprintf(error, size, "'%s': expected the name of a file%s", name,
                       errno == ENAMETOOLONG ? " that is not so long" : "");
        return -1;
    }
    transfer->fd = open_part(transfer->part);
    if (transfer->fd < 0 && errno == EBUSY)
        (void)snprintf(error, size, "%s: another rollcall is fetching it", transfer->part);
    else if (transfer->fd < 0)
        (void)snprintf(error, size, "cannot write %s: %s", transfer->part, strerror(errno));
    else if (add_file(&transfer->sum, transfer->fd, remote) != 0)
        (void)snprintf(error, size, errno == ECANCELED ? "%s: stopped" : "cannot read %s: %s",
                       transfer->part, strerror(errno));
    else {
        transfer->have = transfer->sum.length;
        return 0;
    }
    if (transfer->fd >= 0)
        close(transfer->fd);
    transfer->fd = -1;
    return -1;
}

int transfer_restart(struct transfer *transfer)
{
    transfer->have = 0;
    sha256_init(&transfer->sum);
    return ftruncate(transfer->fd, 0) == 0 && lseek(transfer->fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

void transfer_leave(struct transfer *transfer)
{
    if (transfer->fd < 0)
        return;
    if (transfer->have == 0)
        unlink(transfer->part);
    close(transfer->fd);
    transfer->fd = -1;
}

void transfer_abandon(struct transfer *transfer)
{
    transfer->have = 0;
    transfer_leave(transfer);
}

/* ---- receiving */

enum remote_state transfer_receive(struct transfer *transfer, struct remote *remote,
                                   uint64_t length, struct progress *progress, char *error,
                                   size_t size)
{
    enum remote_state state = REMOTE_READY;
    uint64_t done = 0, total = transfer->have + length;

    error[0] = '\0';
    while (done < length && state == REMOTE_READY) {
        static char chunk[CHUNK];
        uint64_t left = length - done;
        size_t got = 0;

        state = remote_bytes(remote, chunk, left < CHUNK ? (size_t)left : CHUNK, &got);
        done += got;
        if (got == 0 || error[0] != '\0')
            continue; /* after a failure the rest is read past, and the session goes on */
        if (line_write(transfer->fd, chunk, got, NULL, NULL) != 0) {
            (void)snprintf(error, size, "cannot write %s: %s", transfer->part, strerror(errno));
            continue;
        }
        sha256_add(&transfer->sum, chunk, got);
        transfer->have += got;
        progress_step(progress, transfer->have);
    }
    if (state == REMOTE_READY && remote->piece_left > 0)
        state = REMOTE_STRANGE; /* the last piece was longer than the file */
    progress_end(progress, transfer->have);
    if (state == REMOTE_ENDED) /* which is said apart */
        (void)snprintf(error, size, "%s: %" PRIu64 " of %" PRIu64 " bytes are here", transfer->path,
                       transfer->have, total);
    else if (state != REMOTE_READY)
        (void)snprintf(error, size, "%s: %s after %" PRIu64 " of %" PRIu64 " bytes", transfer->path,
                       remote_state_text(remote, state), transfer->have, total);
    return state;
}

/* ---- putting it in its place */

static bool same_content(int fd, const char *path)
{
    static char ours[CHUNK], theirs[CHUNK];
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

/* Gives the file its name unless something has that name. Some file systems (a memory stick's) have
 * no links: there an empty file is made to hold the name. */
static int place_new(const struct transfer *transfer)
{
    int fd;

    if (link(transfer->part, transfer->path) == 0)
        return unlink(transfer->part);
    if (errno == EEXIST)
        return -1;
    fd = open(transfer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    return rename(transfer->part, transfer->path);
}

/* So that the name, too, outlives a loss of power. Some file systems cannot do this to a directory.
 */
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

int transfer_finish(struct transfer *transfer, transfer_overwrite *overwrite, char *error,
                    size_t size)
{
    int placed = fsync(transfer->fd) == 0 ? place_new(transfer) : -1;

    if (placed != 0 && errno == EEXIST) {
        if (same_content(transfer->fd, transfer->path)) {
            transfer_abandon(transfer);
            return 0;
        }
        if (overwrite == NULL || !overwrite(transfer->path)) {
            (void)snprintf(error, size, "%s exists and is different: not overwritten",
                           transfer->path);
            transfer_abandon(transfer);
            return -1;
        }
        placed = rename(transfer->part, transfer->path);
    }
    if (placed != 0) {
        (void)snprintf(error, size, "cannot write %s: %s", transfer->path, strerror(errno));
        transfer_leave(transfer);
        return -1;
    }
    sync_directory(transfer->path);
    close(transfer->fd);
    transfer->fd = -1;
    return 0;
}
