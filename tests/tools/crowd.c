/* crowd PORT COUNT: so many clients of this machine, by turns one that begins a line and never ends
 * it, one that sends it byte by byte, and one that asks for the file "big" and never reads. Says
 * "crowd" when all are connected; then goes on until it is killed. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HALF, DRIBBLING, NEVER_READING, SORTS };

static int join(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("crowd");
        exit(1);
    }
    return fd;
}

static void say(int fd, const char *words)
{
    (void)!write(fd, words, strlen(words));
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    int *fds = calloc(count > 0 ? (size_t)count : 1, sizeof *fds);
    struct rlimit files;

    if (count < 1 || fds == NULL)
        return 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)signal(SIGPIPE, SIG_IGN);
    for (long i = 0; i < count; i++) {
        fds[i] = join((unsigned)strtoul(argv[1], NULL, 10));
        if (i % SORTS == HALF)
            say(fds[i], "half a li");
        else if (i % SORTS == NEVER_READING)
            say(fds[i], "file:big\n");
    }
    puts("crowd");
    (void)fflush(stdout);
    for (;;) {
        for (long i = DRIBBLING; i < count; i += SORTS)
            say(fds[i], "x");
        (void)poll(NULL, 0, 200);
    }
}
