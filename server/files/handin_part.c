#define _POSIX_C_SOURCE 200809L

#include "server/files/handin_part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/wire/name.h"
#include "server/wire/sha256.h"

#define PREFIX ".part-"

static const char hex_digits[] = "0123456789abcdef";

/* ---- names */

/* The client's name as the comparison of names sees it. */
static void add_client(struct sha256 *sum, const char *client)
{
    while (*client != '\0') {
        uint32_t c = name_take(&client);
        const unsigned char bytes[] = {(unsigned char)(c >> 24), (unsigned char)(c >> 16),
                                       (unsigned char)(c >> 8), (unsigned char)c};

        sha256_add(sum, bytes, sizeof bytes);
    }
}

static void end_hex(const struct sha256 *sum, char to[SHA256_HEX_SIZE])
{
    unsigned char digest[SHA256_SIZE];

    sha256_end(sum, digest);
    sha256_hex(to, digest);
}

void handin_part_name(char to[HANDIN_PART_NAME_SIZE], const char *client, const char *name,
                      uint64_t length, const char *hex)
{
    char of_client[SHA256_HEX_SIZE], of_file[SHA256_HEX_SIZE], announced[128];
    struct sha256 sum;

    sha256_init(&sum);
    add_client(&sum, client);
    end_hex(&sum, of_client);
    (void)snprintf(announced, sizeof announced, "/%" PRIu64 ":%s ", length, hex);
    sha256_add(&sum, announced, strlen(announced));
    sha256_add(&sum, name, strlen(name));
    end_hex(&sum, of_file);
    (void)snprintf(to, HANDIN_PART_NAME_SIZE, PREFIX "%.*s-%.*s", HANDIN_PART_CLIENT, of_client,
                   HANDIN_PART_FILE, of_file);
}

bool handin_part_is_named(const char *name)
{
    const size_t prefix = strlen(PREFIX);

    return strncmp(name, PREFIX, prefix) == 0 &&
           strspn(name + prefix, hex_digits) == HANDIN_PART_CLIENT &&
           name[prefix + HANDIN_PART_CLIENT] == '-' &&
           strspn(name + prefix + HANDIN_PART_CLIENT + 1, hex_digits) == HANDIN_PART_FILE &&
           strlen(name) == HANDIN_PART_NAME_SIZE - 1;
}

bool handin_part_is_of_client(const char *part, const char *other)
{
    return strncmp(part, other, strlen(PREFIX) + HANDIN_PART_CLIENT) == 0;
}

/* ---- one file */

bool handin_part_is_made(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
           (st->st_mode & 07777) == HANDIN_PART_MODE && st->st_nlink == 1;
}

/* Whether the open file is ours and still has the name: another process may have removed it before
 * this one had the lock. */
static bool is_there(int inbox, const char *part, int fd)
{
    struct stat st, there;

    return fstat(fd, &st) == 0 && handin_part_is_made(&st) &&
           fstatat(inbox, part, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_dev == st.st_dev &&
           there.st_ino == st.st_ino;
}

/* Returns a descriptor of the locked part, or -1 with errno. */
static int open_locked(int inbox, const char *part, int flags)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = openat(inbox, part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags,
                    HANDIN_PART_MODE);
    int failed = EEXIST;

    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETLK, &lock) != 0)
        failed = errno == EACCES || errno == EAGAIN ? EBUSY : errno;
    else if (is_there(inbox, part, fd))
        return fd;
    close(fd);
    errno = failed;
    return -1;
}

int handin_part_open(int inbox, const char *part)
{
    int fd = open_locked(inbox, part, O_CREAT);

    if (fd < 0 && errno == EEXIST) /* removed in between, or what has the name is not ours */
        fd = open_locked(inbox, part, O_CREAT);
    return fd;
}

/* How many of the bytes are left without the zeros at their end. */
static size_t without_zeros(const char *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] == '\0')
        size--;
    return size;
}

int64_t handin_part_received(int fd)
{
    char chunk[4096];
    struct stat st;
    off_t end, least;

    if (fstat(fd, &st) != 0)
        return -1;
    end = st.st_size;
    least = end > LIMIT_INBOX_AHEAD ? end - LIMIT_INBOX_AHEAD : 0;
    while (end > least) {
        size_t size = end - least < (off_t)sizeof chunk ? (size_t)(end - least) : sizeof chunk;
        off_t from = end - (off_t)size;

        if (pread(fd, chunk, size, from) != (ssize_t)size)
            return -1;
        size = without_zeros(chunk, size);
        if (size > 0)
            return from + (off_t)size;
        end = from;
    }
    return end;
}

/* ---- those that nobody writes to */

bool handin_part_is_idle(int inbox, const char *part, struct stat *st)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool idle;
    int fd;

    if (!handin_part_is_named(part) || fstatat(inbox, part, st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !handin_part_is_made(st))
        return false;
    fd = openat(inbox, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    idle = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
    close(fd);
    return idle;
}

int handin_part_remove(int inbox, const char *part)
{
    int fd = handin_part_is_named(part) ? open_locked(inbox, part, 0) : -1, done;

    if (fd < 0)
        return -1;
    done = unlinkat(inbox, part, 0);
    close(fd);
    return done;
}

void handin_part_expire(int inbox, const char *part, unsigned long seconds)
{
    const struct timespec now[] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    struct stat st;
    time_t age;

    if (!handin_part_is_idle(inbox, part, &st))
        return;
    age = time(NULL) - st.st_mtim.tv_sec;
    if (age < 0)
        (void)utimensat(inbox, part, now, AT_SYMLINK_NOFOLLOW);
    if (seconds == 0 || (age > 0 && (unsigned long)age >= seconds))
        (void)handin_part_remove(inbox, part);
}
