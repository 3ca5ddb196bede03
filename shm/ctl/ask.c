#define _XOPEN_SOURCE 700 /* POSIX.1-2008 with S_ISVTX */

#include "shm/ctl/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/text.h"
#include "shm/ctl/limits.h"
#include "shm/table/control.h"
#include "shm/table/view.h"

bool ask_words(char request[ASK_REQUEST], const char *word, const char *const *words, int count)
{
    size_t begin = strlen(word) + 1;
    size_t used = (size_t)snprintf(request, ASK_REQUEST, "%s", word);

    for (int i = 0; i < count && used < ASK_REQUEST; i++)
        used += (size_t)snprintf(request + used, ASK_REQUEST - used, " %s", words[i]);
    if (used >= ASK_REQUEST)
        return false;
    if (count == 0)
        return true;
    while (used > 0 && request[used - 1] == ' ')
        request[--used] = '\0';
    return used > begin && used - begin <= MESSAGE_TEXT && text_is_clean(request, used);
}

/* Every handler can change the path in the table, so the directory must belong to the table's
 * owner, nobody else may be able to replace a socket in it (server/system/runtime.c), and it must
 * hold the control socket: handlers can make no socket where they can make other files. */
static bool is_runtime(const struct table *table, int directory)
{
    struct stat object, here, control;

    return fstat(directory, &here) == 0 && fstat(table->fd, &object) == 0 &&
           object.st_uid == here.st_uid && (here.st_mode & 07) == 0 &&
           ((here.st_mode & 070) == 0 || (here.st_mode & S_ISVTX) != 0) &&
           fstatat(directory, TABLE_CONTROL, &control, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISSOCK(control.st_mode);
}

/* Other rooms of the same owner have such directories, too; the daemon names each after its room,
 * as it does the table's object. */
static bool is_named_after_room(const struct table *table, const char *path)
{
    const char *directory = strrchr(path, '/'), *room = strchr(table->path, '.');

    return directory != NULL && room != NULL && strcmp(directory + 1, room + 1) == 0;
}

int ask_open_runtime(const struct table *table)
{
    char path[TABLE_RUNTIME];
    int fd;

    if (!view_runtime(table, path)) {
        errno = ENOENT;
        return -1;
    }
    if (is_named_after_room(table, path)) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || is_runtime(table, fd))
            return fd;
        close(fd);
    }
    errno = EPERM;
    return -1;
}

static int enter_runtime(const struct table *table)
{
    int fd = ask_open_runtime(table), done;

    if (fd < 0)
        return -1;
    done = fchdir(fd);
    descriptors_close(fd);
    return done;
}

/* The socket's mode lets the daemon answer a rollcallctl of root's; the directory keeps all others
 * out. */
static int open_socket(const struct sockaddr_un *own)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    mode_t mask;
    int failed;

    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        close(fd);
        return -1;
    }
    (void)unlink(own->sun_path);
    mask = umask(0);
    failed = bind(fd, (const struct sockaddr *)own, sizeof *own) != 0 ? errno : 0;
    (void)umask(mask);
    if (failed == 0)
        return fd;
    close(fd);
    errno = failed;
    return -1;
}

/* A daemon that is stuck takes no more than fits into its queue. */
static int send_request(int fd, const char *request, int64_t until)
{
    const struct sockaddr_un parent = {.sun_family = AF_UNIX, .sun_path = TABLE_CONTROL};

    if (connect(fd, (const struct sockaddr *)&parent, sizeof parent) != 0)
        return -1;
    while (send(fd, request, strlen(request), 0) < 0)
        if ((errno != EAGAIN && errno != EINTR) || descriptors_wait(fd, POLLOUT, until) != 0)
            return -1;
    return 0;
}

static int exchange(int fd, const char *request, char *answer, size_t size)
{
    int64_t until = clock_now() + ASK_PATIENCE_MS * INT64_C(1000000);
    ssize_t got;

    if (send_request(fd, request, until) != 0 || descriptors_wait(fd, POLLIN, until) != 0)
        return -1;
    got = recv(fd, answer, size - 1, 0);
    if (got < 0)
        return -1;
    answer[got] = '\0';
    return 0;
}

int ask_parent(const struct table *table, const char *request, char *answer, size_t size)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    int fd, result, failed;

    if (enter_runtime(table) != 0)
        return -1;
    (void)snprintf(own.sun_path, sizeof own.sun_path, TABLE_ASKS "%ld", (long)getpid());
    fd = open_socket(&own);
    if (fd < 0)
        return -1;
    result = exchange(fd, request, answer, size);
    failed = errno;
    (void)unlink(own.sun_path);
    close(fd);
    errno = failed;
    return result;
}

enum status ask_room(const struct table *table, const char *room, const char *word,
                     const char *const *words, int count)
{
    static const char done[] = CONTROL_OK " ";
    char request[ASK_REQUEST], answer[CONTROL_ANSWER + 1];

    if (!ask_words(request, word, words, count)) {
        complain("%s: expected a line of UTF-8 text of at most %d bytes", word, MESSAGE_TEXT);
        return USAGE;
    }
    if (!view_is_alive(table)) {
        complain("the daemon of room '%s' is gone", room);
        return GONE;
    }
    if (ask_parent(table, request, answer, sizeof answer) != 0) {
        if (errno == EACCES || errno == EPERM)
            return explain(room, EACCES);
        complain("room '%s' does not answer: %s", room, strerror(errno));
        return FAILED;
    }
    if (strcmp(answer, CONTROL_OK) == 0)
        return DONE;
    if (strncmp(answer, done, strlen(done)) == 0) {
        printf("%s\n", answer + strlen(done));
        return written() ? DONE : FAILED;
    }
    complain("%s: %s", word, answer);
    return FAILED;
}
