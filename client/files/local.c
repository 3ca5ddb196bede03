#define _POSIX_C_SOURCE 200809L

#include "client/files/local.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/progress.h"
#include "client/limits.h"
#include "client/link/bytes.h"
#include "server/wire/text.h"

/* ---- digests */

/* Returns REMOTE_BROKEN with errno if the file cannot be read. */
static enum remote_state add_all(struct sha256 *sum, int fd, uint64_t most, struct remote *remote,
                                 struct progress *progress)
{
    enum remote_state state = REMOTE_READY;
    char chunk[FILE_CHUNK];
    ssize_t got = 1;

    while (state == REMOTE_READY && sum->length < most) {
        uint64_t left = most - sum->length;

        got =
            pread(fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, (off_t)sum->length);
        if (got <= 0)
            return got < 0 ? REMOTE_BROKEN : REMOTE_READY;
        sha256_add(sum, chunk, (size_t)got);
        state = bytes_breathe(remote);
        progress_step(progress, sum->length);
    }
    return state;
}

enum answer_end local_digest(struct sha256 *sum, int fd, uint64_t most, const char *name,
                             struct remote *remote, const struct voice *voice)
{
    static const char what[] = ", checking";
    char title[TEXT_SHOWN_SIZE(PATH_MAX) + sizeof what];
    struct progress progress;
    enum remote_state state;
    struct stat st;
    int failed;

    sha256_init(sum);
    if (fstat(fd, &st) != 0)
        return ANSWER_FAILED;
    text_show(title, sizeof title - sizeof what, name, strlen(name));
    (void)strcat(title, what);
    progress_begin(&progress, voice, title, 0,
                   (uint64_t)st.st_size < most ? (uint64_t)st.st_size : most);
    state = add_all(sum, fd, most, remote, &progress);
    failed = errno;
    progress_hide(&progress);
    errno = failed;
    if (state == REMOTE_BROKEN)
        return ANSWER_FAILED;
    return state == REMOTE_READY ? ANSWER_DONE : answer_lost(remote, voice, state);
}

/* ---- what is handed in */

static int spool(struct local *local)
{
    char chunk[4096];
    ssize_t got;

    local->spool = tmpfile();
    if (local->spool == NULL)
        return -1;
    while ((got = read(local->fd, chunk, sizeof chunk)) > 0)
        if (fwrite(chunk, 1, (size_t)got, local->spool) != (size_t)got)
            return -1;
    if (got < 0 || fflush(local->spool) != 0)
        return -1;
    if (local->fd != STDIN_FILENO)
        close(local->fd);
    local->fd = fileno(local->spool);
    return 0;
}

int local_open(struct local *local, const char *path, const char *name)
{
    struct stat st;

    *local = (struct local){.name = name, .fd = -1};
    local->fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (local->fd < 0 || fstat(local->fd, &st) != 0)
        return -1;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if ((path == NULL || !S_ISREG(st.st_mode)) && (spool(local) != 0 || fstat(local->fd, &st) != 0))
        return -1;
    local->length = (uint64_t)st.st_size;
    return 0;
}

enum answer_end local_measure(struct local *local, struct remote *remote, const struct voice *voice)
{
    unsigned char digest[SHA256_SIZE];
    struct sha256 sum;
    enum answer_end end = local_digest(&sum, local->fd, UINT64_MAX, local->name, remote, voice);

    if (end != ANSWER_DONE)
        return end;
    local->length = sum.length;
    sha256_end(&sum, digest);
    sha256_hex(local->hex, digest);
    return ANSWER_DONE;
}

void local_close(struct local *local)
{
    if (local->spool != NULL)
        fclose(local->spool);
    else if (local->fd > STDIN_FILENO)
        close(local->fd);
    local->spool = NULL;
    local->fd = -1;
}
