/* load download PORT CLIENTS NAME: clients that fetch the file at the same time, and throw it away.
 * Prints the MB that came in each second, of all together. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/line.h"

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("load");
        exit(1);
    }
    return fd;
}

static char *hear(struct line_reader *reader, const char *code)
{
    char *line;
    size_t length;

    while (line_next(reader, &line, &length) != LINE_READY)
        if (line_fill(reader) <= 0)
            exit(1);
    if (strncmp(line, code, 3) != 0) {
        fprintf(stderr, "load: expected %s, got '%s'\n", code, line);
        exit(1);
    }
    return line;
}

/* The bytes that came. */
static uint64_t download(unsigned port, const char *name)
{
    static char sink[1 << 18], request[PROTOCOL_REQUEST_MAX];
    static struct line_reader reader;
    uint64_t left, offset, all;
    const char *named;
    int fd = connect_to(port);

    line_reader_init(&reader, fd, PROTOCOL_REPLY_MAX);
    hear(&reader, "220");
    (void)snprintf(request, sizeof request, "file:%s\n", name);
    if (line_write(fd, request, strlen(request), NULL, NULL) != 0 ||
        !protocol_parse_transfer(hear(&reader, "150") + 4, &left, &offset, &named))
        exit(1);
    all = left;
    left -= line_take(&reader, sink, left < sizeof sink ? (size_t)left : sizeof sink);
    while (left > 0) {
        ssize_t got = read(fd, sink, sizeof sink);

        if (got <= 0)
            exit(1);
        left -= (uint64_t)got;
    }
    close(fd);
    return all;
}

int main(int argc, char **argv)
{
    unsigned port = argc == 5 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int clients = argc == 5 ? atoi(argv[3]) : 0, status, failed = 0;
    double began;
    uint64_t bytes = 0;
    int counted[2];

    if (port == 0 || clients < 1 || strcmp(argv[1], "download") != 0 || pipe(counted) != 0)
        return 2;
    began = now();
    for (int i = 0; i < clients; i++)
        if (fork() == 0) {
            bytes = download(port, argv[4]);
            _exit(write(counted[1], &bytes, sizeof bytes) == sizeof bytes ? 0 : 1);
        }
    for (uint64_t all = 0; wait(&status) > 0; bytes = all)
        if (status != 0)
            failed = 1;
        else if (read(counted[0], &bytes, sizeof bytes) == sizeof bytes)
            all += bytes;
    if (failed)
        return 1;
    printf("%.0f\n", (double)bytes / 1e6 / (now() - began));
    return 0;
}
