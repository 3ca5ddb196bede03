/* cut PORT SEED LEAST MOST: a relay to 127.0.0.1 PORT that breaks each connection after a random
 * number of bytes from the server, from LEAST to MOST. Prints "port N", and then a line for each
 * connection: its bytes, and "cut" or "end". One connection at a time; until it is killed. */
#define _XOPEN_SOURCE 700

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/wire/line.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int make_socket(unsigned port, struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        die("socket");
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = make_socket(0, &address);

    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        die("listen");
    printf("port %u\n", ntohs(address.sin_port));
    return fd;
}

/* Some bytes from one to the other; false at the end. */
static bool relay(int from, int to, size_t most, unsigned long *count)
{
    static char buffer[16384];
    ssize_t got = read(from, buffer, most < sizeof buffer ? most : sizeof buffer);

    if (got <= 0 || line_write(to, buffer, (size_t)got, NULL, NULL) != 0)
        return false;
    *count += (unsigned long)got;
    return true;
}

static void serve(int client, int server, unsigned long limit)
{
    unsigned long down = 0, up = 0;
    bool open = true;

    while (open && down < limit) {
        struct pollfd either[2] = {{.fd = client, .events = POLLIN},
                                   {.fd = server, .events = POLLIN}};

        if (poll(either, 2, -1) < 0)
            die("poll");
        if (either[0].revents != 0)
            open = relay(client, server, SIZE_MAX, &up);
        if (open && either[1].revents != 0)
            open = relay(server, client, limit - down, &down);
    }
    printf("%lu %s\n", down, open ? "cut" : "end");
}

int main(int argc, char **argv)
{
    struct sockaddr_in target;
    unsigned long least, most;
    int listener;

    if (argc != 5)
        return 2;
    least = strtoul(argv[3], NULL, 10);
    most = strtoul(argv[4], NULL, 10);
    srandom((unsigned)strtoul(argv[2], NULL, 10));
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    listener = listen_anywhere();
    for (;;) {
        int client = accept(listener, NULL, NULL);
        int server = make_socket((unsigned)strtoul(argv[1], NULL, 10), &target);

        if (client >= 0 && connect(server, (struct sockaddr *)&target, sizeof target) == 0)
            serve(client, server, least + (unsigned long)random() % (most - least + 1));
        close(client);
        close(server);
    }
}
