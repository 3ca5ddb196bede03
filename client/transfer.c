#define _POSIX_C_SOURCE 200809L

#include "client/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
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
    if (length < 0 || (size_t)length >= sizeof transfer->path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

int transfer_begin(struct transfer *transfer, const char *name, const char *output, char *error,
                   size_t size)
{
    const char *slash;
    mode_t mask;

    transfer->temporary[0] = '\0';
    if (choose_path(transfer, name, output) != 0) {
        (void)snprintf(error, size, "'%s': expected the name of a file%s", name,
                       errno == ENAMETOOLONG ? " that is not so long" : "");
        return -1;
    }
    slash = strrchr(transfer->path, '/');
    if (snprintf(transfer->temporary, sizeof transfer->temporary, "%.*s.rollcall.XXXXXX",
                 slash ? (int)(slash + 1 - transfer->path) : 0,
                 transfer->path) >= (int)sizeof transfer->temporary) {
        transfer->temporary[0] = '\0';
        (void)snprintf(error, size, "%s: the path is too long", transfer->path);
        return -1;
    }
    transfer->fd = mkstemp(transfer->temporary);
    if (transfer->fd < 0) {
        transfer->temporary[0] = '\0';
        (void)snprintf(error, size, "cannot write beside %s: %s", transfer->path, strerror(errno));
        return -1;
    }
    mask = umask(0);
    umask(mask);
    (void)fchmod(transfer->fd, 0666 & ~mask);
    return 0;
}

void transfer_abandon(struct transfer *transfer)
{
    if (transfer->temporary[0] == '\0')
        return;
    close(transfer->fd);
    unlink(transfer->temporary);
    transfer->temporary[0] = '\0';
}

/* ---- receiving */

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught = signal;
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDS (sizeof ends / sizeof ends[0])

struct held {
    struct sigaction before[ENDS];
    sigset_t mask;
};

/* Blocked but while waiting for the server, so that each is answered at a place that can. */
static void hold_signals(struct held *held, struct remote *remote)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;

    caught = 0;
    sigemptyset(&blocked);
    for (size_t i = 0; i < ENDS; i++) {
        sigaction(ends[i], NULL, &held->before[i]);
        if (held->before[i].sa_handler == SIG_IGN)
            continue;
        sigaction(ends[i], &action, NULL);
        sigaddset(&blocked, ends[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &held->mask);
    remote->while_waiting = held->mask;
}

static void release_signals(const struct held *held)
{
    for (size_t i = 0; i < ENDS; i++)
        sigaction(ends[i], &held->before[i], NULL);
    if (caught != 0)
        (void)raise(caught); /* blocked still; it ends us in the next line */
    sigprocmask(SIG_SETMASK, &held->mask, NULL);
}

enum remote_state transfer_receive(struct transfer *transfer, struct remote *remote,
                                   uint64_t length, char *error, size_t size)
{
    enum remote_state state = REMOTE_READY;
    uint64_t done = 0;
    struct held held;

    error[0] = '\0';
    hold_signals(&held, remote);
    while (done < length && state == REMOTE_READY) {
        static char chunk[CHUNK];
        uint64_t left = length - done;
        size_t got = 0;

        state = remote_bytes(remote, chunk, left < CHUNK ? (size_t)left : CHUNK, &got);
        if (state == REMOTE_INTERRUPTED && caught == 0)
            state = REMOTE_READY; /* another signal, or a terminal that was resized */
        done += got;
        if (got > 0 && error[0] == '\0' && line_write(transfer->fd, chunk, got, NULL, NULL) != 0)
            (void)snprintf(error, size, "cannot write %s: %s", transfer->path, strerror(errno));
    }
    if (state != REMOTE_READY) {
        (void)snprintf(error, size, "%s: %s after %" PRIu64 " of %" PRIu64 " bytes", transfer->path,
                       remote_state_text(state), done, length);
        transfer_abandon(transfer);
    }
    release_signals(&held);
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

    if (link(transfer->temporary, transfer->path) == 0)
        return unlink(transfer->temporary);
    if (errno == EEXIST)
        return -1;
    fd = open(transfer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    return rename(transfer->temporary, transfer->path);
}

int transfer_finish(struct transfer *transfer, transfer_overwrite *overwrite, char *error,
                    size_t size)
{
    int placed = place_new(transfer);

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
        placed = rename(transfer->temporary, transfer->path);
    }
    if (placed != 0) {
        (void)snprintf(error, size, "cannot write %s: %s", transfer->path, strerror(errno));
        transfer_abandon(transfer);
        return -1;
    }
    transfer->temporary[0] = '\0';
    if (close(transfer->fd) != 0) {
        (void)snprintf(error, size, "cannot write %s: %s", transfer->path, strerror(errno));
        return -1;
    }
    return 0;
}
