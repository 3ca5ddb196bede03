/* The platform file of this build: what its header promises on every system. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/system/platform.h"
#include "tests/unit/tap.h"

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void close_all_but(void)
{
    int fd[8], last = 0;

    for (int i = 0; i < 8; i++) {
        fd[i] = dup(STDERR_FILENO);
        if (fd[i] < 0)
            BAIL("dup");
        last = fd[i];
    }
    platform_close_all_but((const int[]){fd[1], -1, fd[4], fd[5]}, 4, last);
    OK(is_open(STDOUT_FILENO) && is_open(STDERR_FILENO));
    OK(is_open(fd[1]) && is_open(fd[4]) && is_open(fd[5]));
    OK(!is_open(fd[0]) && !is_open(fd[2]) && !is_open(fd[3]) && !is_open(fd[6]) && !is_open(fd[7]));
    platform_close_from(fd[4]);
    OK(is_open(fd[1]) && !is_open(fd[4]) && !is_open(fd[5]));
    platform_close_all_but(NULL, 0, last);
    OK(!is_open(fd[1]) && is_open(STDERR_FILENO));
}

static void send_file(void)
{
    char name[] = "/tmp/rollcall-platform.XXXXXX", got[16] = "";
    int file = mkstemp(name), ends[2];
    off_t offset = 2;

    if (file < 0 || unlink(name) != 0 || write(file, "0123456789", 10) != 10 || pipe(ends) != 0)
        BAIL("no file, or no pipe");
    OK(platform_send_file(ends[1], file, &offset, 3) == 3 && offset == 5);
    OK(platform_send_file(ends[1], file, &offset, 100) == 5 && offset == 10);
    OK(platform_send_file(ends[1], file, &offset, 100) == 0 && offset == 10);
    OK(read(ends[0], got, sizeof got) == 8 && memcmp(got, "23456789", 8) == 0);
    offset = 9;
    OK(platform_copy_file(ends[1], file, &offset, 100) == 1 && offset == 10);
    OK(platform_send_file(ends[1], -1, &offset, 1) == -1 && errno == EBADF);
    close(file);
    close(ends[0]);
    close(ends[1]);
}

static void processes(void)
{
    unsigned char *memory = platform_private_memory(5000);
    uid_t user = 1;
    gid_t group = 1;
    int status = 0;
    pid_t child;

    OK(memory != NULL && memory[0] == 0 && memory[4999] == 0);
    child = platform_fork();
    if (child == 0)
        _exit(7);
    OK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    OK(platform_find_user("root", &user, &group) && user == 0 && group == 0);
    OK(!platform_find_user("no such user", &user, &group) && errno == 0);
    OK(!platform_follow_parent(0, getpid()));
}

static void sockets(void)
{
    int fd = platform_datagrams();

    OK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    OK(recv(fd, &(char){0}, 1, 0) == -1 && (errno == EAGAIN || errno == EWOULDBLOCK));
    OK(platform_unsent(-1) == 0);
    OK(platform_accept(fd, NULL, NULL) == -1);
    close(fd);
}

int main(void)
{
    close_all_but();
    send_file();
    processes();
    sockets();
    return tap_end();
}
