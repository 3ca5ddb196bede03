#define _POSIX_C_SOURCE 200809L

#include "client/files/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/wire/protocol.h"
#include "server/wire/sha256.h"

/* ---- the mark: its last line, "rollcall part WHOSE HAVE" */

#define MARK_WORDS "\nrollcall part "
#define MARK_SIZE  (sizeof MARK_WORDS - 1 + PART_WHOSE + 1 + 20 + 1)

static void make_mark(char mark[MARK_SIZE + 1], const struct part *part, uint64_t have)
{
    (void)snprintf(mark, MARK_SIZE + 1, MARK_WORDS "%s %020" PRIu64 "\n", part->whose, have);
}

static int write_at(int fd, const char *bytes, size_t size, uint64_t at)
{
    while (size > 0) {
        ssize_t put = pwrite(fd, bytes, size, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes += put;
        size -= (size_t)put;
        at += (uint64_t)put;
    }
    return 0;
}

static int write_mark(const struct part *part, uint64_t have, uint64_t at)
{
    char mark[MARK_SIZE + 1];

    make_mark(mark, part, have);
    return write_at(part->fd, mark, MARK_SIZE, at);
}

/* Whether the file ends with the mark of a part of this file. */
static bool read_mark(const struct part *part, uint64_t *have)
{
    char found[MARK_SIZE + 1], mark[MARK_SIZE + 1];
    struct stat st;

    if (fstat(part->fd, &st) != 0 || st.st_size < (off_t)MARK_SIZE ||
        pread(part->fd, found, MARK_SIZE, st.st_size - (off_t)MARK_SIZE) != (ssize_t)MARK_SIZE)
        return false;
    found[MARK_SIZE - 1] = '\0';
    if (!protocol_parse_number(found + MARK_SIZE - 1 - 20, have))
        return false;
    found[MARK_SIZE - 1] = '\n';
    make_mark(mark, part, *have);
    return memcmp(found, mark, MARK_SIZE) == 0 && *have <= (uint64_t)st.st_size - MARK_SIZE;
}

/* Puts the mark right behind the first `have` bytes, whatever came after them. */
static int settle(const struct part *part, uint64_t have)
{
    return write_mark(part, have, have) == 0 ? ftruncate(part->fd, (off_t)(have + MARK_SIZE)) : -1;
}

/* ---- its name */

static void name_file(struct part *part, const char *last)
{
    unsigned char digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct sha256 sum;

    sha256_init(&sum);
    sha256_add(&sum, last, strlen(last));
    sha256_end(&sum, digest);
    sha256_hex(hex, digest);
    memcpy(part->whose, hex, PART_WHOSE);
    part->whose[PART_WHOSE] = '\0';
}

/* The first name, or the second one, which is short. Returns 0, or -1 with errno. */
static int name_part(struct part *part, const char *path, bool second)
{
    const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;
    int length;

    if (second)
        length = snprintf(part->path, sizeof part->path, "%.*srollcall-%s.part", (int)(last - path),
                          path, part->whose);
    else
        length = snprintf(part->path, sizeof part->path, "%s.part", path);
    if (length >= 0 && (size_t)length < sizeof part->path)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* ---- opening it */

static bool is_still(const struct part *part)
{
    struct stat ours, named;

    return fstat(part->fd, &ours) == 0 && lstat(part->path, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* Opens what has the part's name, if it is a regular file. -1 with errno: EEXIST: it is another
 * thing, or belongs to others; ENOENT: it is gone. */
static int open_there(const char *path)
{
    struct stat st;
    int fd;

    if (lstat(path, &st) != 0)
        return -1;
    fd = S_ISREG(st.st_mode) ? open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                             : -1;
    if (fd < 0 && (!S_ISREG(st.st_mode) || errno != ENOENT))
        errno = EEXIST;
    return fd;
}

/* Locks the file, so that two processes that fetch it do not mix their bytes. Returns 0, or an
 * errno; -1: the file lost its name meanwhile. */
static int claim(const struct part *part, bool made, uint64_t *have)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int failed = fcntl(part->fd, F_SETLK, &lock) == 0 ? 0 : errno;

    if (failed == EACCES || failed == EAGAIN)
        return made || read_mark(part, have) ? EBUSY : EEXIST;
    if (failed != 0)
        return failed;
    if (!is_still(part))
        return -1; /* its owner has just moved it to its place */
    if (made) {
        *have = 0;
        return write_mark(part, 0, 0) == 0 ? 0 : errno;
    }
    if (!read_mark(part, have))
        return EEXIST;
    return settle(part, *have) == 0 ? 0 : errno;
}

/* Opens the part under the name that it has now. Returns 0, or an errno. */
static int try_name(struct part *part, uint64_t *have)
{
    int failed = -1;

    while (failed < 0) {
        bool made;

        part->fd = open(part->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        made = part->fd >= 0;
        if (!made && errno == EEXIST) {
            part->fd = open_there(part->path);
            if (part->fd < 0 && errno == ENOENT)
                continue;
        }
        if (part->fd < 0)
            return errno;
        failed = claim(part, made, have);
        if (failed > 0 && failed != EBUSY && made && is_still(part))
            unlink(part->path);
        if (failed != 0)
            close(part->fd);
    }
    return failed;
}

int part_open(struct part *part, const char *path, uint64_t *have)
{
    const char *slash = strrchr(path, '/');
    int failed = 0;

    name_file(part, slash != NULL ? slash + 1 : path);
    for (int second = 0; second < 2; second++) {
        failed = name_part(part, path, second != 0) == 0 ? try_name(part, have) : errno;
        if (failed == 0)
            return 0;
        if (failed != EEXIST && failed != ENAMETOOLONG)
            break;
    }
    part->fd = -1;
    errno = failed;
    return -1;
}

/* ---- its bytes */

/* The new mark is written before the bytes, which overwrite the old one, and counts them
 * afterwards.
 */
int part_add(const struct part *part, uint64_t have, const void *bytes, size_t size)
{
    int failed = 0;

    if (write_mark(part, have, have + size) != 0 || write_at(part->fd, bytes, size, have) != 0 ||
        write_mark(part, have + size, have + size) != 0)
        failed = errno;
    if (failed == 0)
        return 0;
    (void)settle(part, have);
    errno = failed;
    return -1;
}

int part_empty(const struct part *part)
{
    return settle(part, 0);
}

/* ---- its end */

int part_complete(const struct part *part, uint64_t have)
{
    if (fsync(part->fd) != 0 || ftruncate(part->fd, (off_t)have) != 0)
        return -1;
    return fsync(part->fd);
}

/* Some file systems (a memory stick's) have no links: there an empty file reserves the name. */
int part_place(const struct part *part, const char *path, bool replace)
{
    int fd;

    if (!is_still(part)) {
        errno = ENOENT;
        return -1;
    }
    if (replace)
        return rename(part->path, path);
    if (link(part->path, path) == 0)
        return unlink(part->path);
    if (errno == EEXIST)
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    return rename(part->path, path);
}

void part_close(struct part *part, bool keep)
{
    if (part->fd < 0)
        return;
    if (!keep && is_still(part))
        unlink(part->path);
    close(part->fd);
    part->fd = -1;
}
