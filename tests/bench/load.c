/* load WHAT PORT ...: clients that measure a server on this machine's loopback.
 *
 *   sessions PORT CLIENTS COUNT [LINE]   connect, read a greeting, say LINE ("hello"), read the
 *                                        answer, close: so many times, so many at once. With "-"
 *                                        before LINE there is no greeting. Sessions a second.
 *   echo PORT CLIENTS COUNT              round trips a second, of so many clients at once; and the
 *                                        median and the longest one in microseconds
 *   batch PORT LINES COUNT               messages a second, so many in one write
 *   hold PORT COUNT STEPS                clients that come one after the other and stay:
 * microseconds that one took to come, a line for each of the STEPS; then waits until its input ends
 *   burst PORT COUNT                     clients that come at once: how many were served, refused
 * and reset, and the milliseconds until the last was status PORT milliseconds for a whole answer to
 * `status`, and its clients download PORT CLIENTS NAME           the file, by so many clients at
 * once: MB a second together
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* RLIMIT_NOFILE's raising */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/line.h"

#define BURST_LOOK_MS 20

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        die("no memory");
    return memory;
}

static void say(int fd, const char *text, size_t size)
{
    if (line_write(fd, text, size, NULL, NULL) != 0)
        die("write");
}

static int bound(uint32_t host, bool port_later)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    const int later = port_later;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

#ifdef IP_BIND_ADDRESS_NO_PORT
    if (fd >= 0)
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
#endif
    (void)later;
    if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        die("socket");
    return fd;
}

/* Each connection comes from the next address of the loopback network, for a port of one address
 * rests for a minute after it was used; or from localhost, whose name is known, to peers that ask
 * for it. */
static uint32_t sources = 64;

static int new_socket(void)
{
    static uint32_t turn;

    return bound(INADDR_LOOPBACK + (sources > 1 ? 1 + turn++ % sources : 0), true);
}

static int begin_connection(int fd, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((in_port_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static int connect_to(unsigned port)
{
    int fd = new_socket();

    if (begin_connection(fd, port) != 0)
        die("connect");
    return fd;
}

static char *hear(struct line_reader *reader, const char *code)
{
    char *line;
    size_t length;

    while (line_next(reader, &line, &length) != LINE_READY)
        if (line_fill(reader) <= 0)
            die("the server closed");
    if (strncmp(line, code, strlen(code)) != 0) {
        fprintf(stderr, "load: expected %s, got '%s'\n", code, line);
        exit(1);
    }
    return line;
}

/* ---- clients that are served at the same time, by this one process */

struct client {
    struct line_reader reader;
    bool greeted;
    double asked;
};

static struct client *clients;
static struct pollfd *ready;

static void make_clients(size_t count)
{
    clients = zeroed(count, sizeof *clients);
    ready = zeroed(count, sizeof *ready);
    for (size_t i = 0; i < count; i++)
        ready[i] = (struct pollfd){.fd = -1, .events = POLLIN};
}

static void meet(size_t i, unsigned port)
{
    ready[i].fd = connect_to(port);
    clients[i].greeted = false;
    line_reader_init(&clients[i].reader, ready[i].fd, PROTOCOL_REPLY_MAX);
}

/* A last line of a reply: others than rollcalld greet with several. */
static bool is_last(const char *line)
{
    return isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
           isdigit((unsigned char)line[2]) && line[3] != '-';
}

static void sessions(unsigned port, size_t count, uint64_t wanted, const char *line)
{
    bool greets = line[0] != '-';
    uint64_t begun = 0, done = 0;
    char text[256];
    size_t size = (size_t)snprintf(text, sizeof text, "%s\r\n", greets ? line : line + 1);
    double start = now();

    make_clients(count);
    for (; begun < count && begun < wanted; begun++) {
        meet(begun, port);
        if (!greets)
            say(ready[begun].fd, text, size);
    }
    while (done < wanted) {
        if (poll(ready, count, 10000) <= 0)
            die("nothing comes");
        for (size_t i = 0; i < count; i++) {
            char *said;
            size_t length;

            if (ready[i].revents == 0)
                continue;
            if (line_fill(&clients[i].reader) <= 0)
                die("the server closed");
            while (line_next(&clients[i].reader, &said, &length) == LINE_READY) {
                if (greets && !is_last(said))
                    continue;
                if (greets && !clients[i].greeted) {
                    clients[i].greeted = true;
                    say(ready[i].fd, text, size);
                    continue;
                }
                close(ready[i].fd);
                ready[i].fd = -1;
                done++;
                if (begun < wanted) {
                    begun++;
                    meet(i, port);
                    if (!greets)
                        say(ready[i].fd, text, size);
                }
                break;
            }
        }
    }
    printf("%.0f\n", (double)wanted / (now() - start));
}

static int by_size(const void *a, const void *b)
{
    const double *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static void echo(unsigned port, size_t count, uint64_t wanted)
{
    static const char text[] = "hello\n";
    double start, *took = zeroed(wanted, sizeof *took);
    uint64_t asked = 0, done = 0;

    make_clients(count);
    for (size_t i = 0; i < count; i++) {
        meet(i, port);
        hear(&clients[i].reader, "220");
    }
    start = now();
    for (; asked < count && asked < wanted; asked++) {
        clients[asked].asked = now();
        say(ready[asked].fd, text, sizeof text - 1);
    }
    while (done < wanted) {
        if (count > 1 && poll(ready, count, 10000) <= 0)
            die("nothing comes");
        for (size_t i = 0; i < count; i++) {
            double time;

            if (count > 1 && ready[i].revents == 0)
                continue;
            hear(&clients[i].reader, "200");
            time = now();
            took[done++] = time - clients[i].asked;
            if (asked < wanted) {
                asked++;
                clients[i].asked = time;
                say(ready[i].fd, text, sizeof text - 1);
            }
        }
    }
    printf("%.0f", (double)wanted / (now() - start));
    qsort(took, wanted, sizeof *took, by_size);
    printf(" %.1f %.0f\n", took[wanted / 2] * 1e6, took[wanted - 1] * 1e6);
}

static void batch(unsigned port, size_t lines, uint64_t wanted)
{
    static const char text[] = "hello\n";
    char *all = zeroed(lines, sizeof text - 1);
    struct line_reader *reader = zeroed(1, sizeof *reader);
    uint64_t done = 0;
    double start;

    for (size_t i = 0; i < lines; i++)
        memcpy(all + i * (sizeof text - 1), text, sizeof text - 1);
    line_reader_init(reader, connect_to(port), PROTOCOL_REPLY_MAX);
    hear(reader, "220");
    start = now();
    while (done < wanted) {
        say(reader->fd, all, lines * (sizeof text - 1));
        for (size_t i = 0; i < lines; i++, done++)
            hear(reader, "200");
    }
    printf("%.0f\n", (double)done / (now() - start));
}

/* proc_meminfo(5); 0 where there is none. */
static unsigned long available(void)
{
    FILE *memory = fopen("/proc/meminfo", "r");
    unsigned long kilobytes = 0;
    char line[256];

    while (memory != NULL && fgets(line, sizeof line, memory) != NULL)
        (void)sscanf(line, "MemAvailable: %lu", &kilobytes);
    if (memory != NULL)
        fclose(memory);
    return kilobytes;
}

static void hold(unsigned port, size_t count, size_t steps)
{
    char text[4096];
    size_t held = 0;

    for (size_t step = 1; step <= steps; step++) {
        size_t from = held, until = count * step / steps;
        double start = now();

        for (; held < until; held++)
            if (read(connect_to(port), text, sizeof text) <= 0)
                die("the server closed");
        start = (now() - start) * 1e6 / (double)(until - from);
        printf("%zu %.1f %lu\n", held, start, available());
    }
    fflush(stdout);
    while (read(STDIN_FILENO, text, sizeof text) > 0)
        ;
}

static void burst(unsigned port, size_t count)
{
    size_t open = count, served = 0, refused = 0, reset = 0;
    double start, last;
    char text[4096];

    ready = zeroed(count, sizeof *ready);
    for (size_t i = 0; i < count; i++) {
        int fd = new_socket();

        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
            die("fcntl");
        ready[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    start = last = now();
    for (size_t i = 0; i < count; i++)
        if (begin_connection(ready[i].fd, port) != 0 && errno != EINPROGRESS)
            die("connect");
    while (open > 0) {
        /* to look at so many takes time, which is the server's: once in a while is enough */
        nanosleep(&(struct timespec){.tv_nsec = BURST_LOOK_MS * 1000000L}, NULL);
        if (poll(ready, count, 20000) <= 0)
            break;
        for (size_t i = 0; i < count; i++) {
            ssize_t got;

            if (ready[i].fd < 0 || ready[i].revents == 0)
                continue;
            got = read(ready[i].fd, text, sizeof text);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got > 3 && strncmp(text, "220", 3) == 0)
                served++;
            else if (got > 3 && strncmp(text, "421", 3) == 0)
                refused++;
            else
                reset++;
            last = now();
            open--;
            ready[i].fd = -1; /* and stays open */
        }
    }
    printf("%zu %zu %zu %.0f\n", served, refused, reset + open, (last - start) * 1e3);
}

static void status(unsigned port)
{
    static struct line_reader reader;
    uint64_t items = 0;
    double start;

    line_reader_init(&reader, connect_to(port), PROTOCOL_REPLY_MAX);
    hear(&reader, "220");
    start = now();
    say(reader.fd, "status\n", 7);
    hear(&reader, "211-");
    while (hear(&reader, "")[0] == ' ')
        items++;
    printf("%.2f %llu\n", (now() - start) * 1e3, (unsigned long long)items);
}

static void free_port(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    if (getsockname(bound(INADDR_LOOPBACK, false), (struct sockaddr *)&address, &size) != 0)
        die("getsockname");
    printf("%u\n", ntohs(address.sin_port));
}

/* ---- files */

/* The bytes that came. */
static uint64_t fetch(unsigned port, const char *name)
{
    static char sink[1 << 18], request[PROTOCOL_REQUEST_MAX];
    static struct line_reader reader;
    uint64_t left, offset, all;
    const char *named;

    line_reader_init(&reader, connect_to(port), PROTOCOL_REPLY_MAX);
    hear(&reader, "220");
    say(reader.fd, request, (size_t)snprintf(request, sizeof request, "file:%s\n", name));
    if (!protocol_parse_transfer(hear(&reader, "150") + 4, &left, &offset, &named))
        die("no transfer");
    all = left;
    left -= line_take(&reader, sink, left < sizeof sink ? (size_t)left : sizeof sink);
    while (left > 0) {
        ssize_t got = read(reader.fd, sink, sizeof sink);

        if (got <= 0)
            die("the server closed");
        left -= (uint64_t)got;
    }
    return all;
}

static void download(unsigned port, size_t count, const char *name)
{
    double start = now();
    uint64_t bytes = 0, all = 0;
    int counted[2], how;

    if (pipe(counted) != 0)
        die("pipe");
    for (size_t i = 0; i < count; i++)
        if (fork() == 0) {
            bytes = fetch(port, name);
            _exit(write(counted[1], &bytes, sizeof bytes) == sizeof bytes ? 0 : 1);
        }
    while (wait(&how) > 0) {
        if (how != 0 || read(counted[0], &bytes, sizeof bytes) != sizeof bytes)
            exit(1);
        all += bytes;
    }
    printf("%.0f\n", (double)all / 1e6 / (now() - start));
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    unsigned port = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    size_t first = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    uint64_t count = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (argc == 2 && strcmp(argv[1], "port") == 0)
        free_port();
    else if (strcmp(what, "status") == 0)
        status(port);
    else if (strcmp(what, "burst") == 0 && first > 0)
        burst(port, first);
    else if (strcmp(what, "download") == 0 && first > 0 && argc == 5)
        download(port, first, argv[4]);
    else if (strcmp(what, "sessions") == 0 && first > 0 && count > 0 && argc > 5) {
        sources = 1;
        sessions(port, first, count, argv[5]);
    } else if (strcmp(what, "sessions") == 0 && first > 0 && count > 0)
        sessions(port, first, count, "hello");
    else if (strcmp(what, "echo") == 0 && first > 0 && count > 0)
        echo(port, first, count);
    else if (strcmp(what, "batch") == 0 && first > 0 && count > 0)
        batch(port, first, count);
    else if (strcmp(what, "hold") == 0 && first > 0 && count > 0)
        hold(port, first, count);
    else {
        fprintf(stderr, "usage: load WHAT PORT ...: see tests/bench/load.c\n");
        return 2;
    }
    return 0;
}
