/* chat PORT PID KIND LISTENERS TALKERS FLIGHT MS: so many join and listen, and so many join and
 * talk for so long, as fast as each line is heard by all: together they keep FLIGHT lines for each
 * talker under way. KIND is the server, process PID: "room" (rollcalld), "bare"
 * (tests/bench/relay.c), "irc". Prints how many lines were delivered to listeners in a second; how
 * many in a second of the processor time of the server and its children, which says more on a busy
 * machine; and the milliseconds from the saying to the receipt, the median and the 99th of a
 * hundred. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* RLIMIT_NOFILE's raising */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MOST 4096
#define SAMPLES      (1 << 20)
#define SAMPLED      16 /* every so many listeners tell how long a line took */
#define PATIENCE_MS  10000
#define TEXT         "the quick brown fox jumps over the lazy dog"

enum kind { ROOM, BARE, IRC, KINDS };
static const char *const kinds[KINDS] = {"room", "bare", "irc"};

static struct member {
    int fd;
    uint64_t heard; /* lines since the talking began */
} members[MEMBERS_MOST];
static struct pollfd ready[MEMBERS_MOST];
static size_t listeners, talkers, count;
static enum kind kind;

static int64_t said_at[SAMPLES], delays[SAMPLES];
static uint64_t said, samples;

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "chat: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put(int fd, const char *text, size_t length)
{
    if (write(fd, text, length) != (ssize_t)length)
        die("write");
}

/* ---- joining */

static void meet(size_t number, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((in_port_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char hello[128];
    int fd = socket(AF_INET, SOCK_STREAM, 0), length = 0;

    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    members[number].fd = fd;
    ready[number] = (struct pollfd){.fd = fd, .events = POLLIN};
    if (kind == ROOM)
        length = snprintf(hello, sizeof hello, "join\n");
    else if (kind == IRC)
        length =
            snprintf(hello, sizeof hello, "NICK m%zu\r\nUSER m 0 * :m\r\nJOIN #room\r\n", number);
    put(fd, hello, (size_t)length);
}

/* Reads until a member has joined. */
static void await(size_t number)
{
    static const char *const joined[KINDS] = {"200 Joined", "joined\n", " 366 "};
    char text[1 << 16] = "";
    size_t used = 0;

    while (strstr(text, joined[kind]) == NULL) {
        ssize_t got = read(members[number].fd, text + used, sizeof text - 1 - used);

        if (got <= 0)
            die("nobody joins");
        used += (size_t)got;
        text[used] = '\0';
        if (used > sizeof text / 2) { /* who else came: only the end matters */
            memmove(text, text + used - 16, 17);
            used = 16;
        }
    }
}

/* Reads what still comes of arrivals. */
static void settle(void)
{
    char sink[1 << 16];

    while (poll(ready, count, 500) > 0)
        for (size_t i = 0; i < count; i++)
            if (ready[i].revents != 0 && read(members[i].fd, sink, sizeof sink) <= 0)
                die("a member was left alone");
}

/* ---- what the server and its children have used */

struct used {
    uint64_t ns, writes, sleeps;
};

/* Adds up the number behind each such word of a file below /proc; no word: the first number. */
static uint64_t number_of(long pid, const char *name, const char *word)
{
    char path[64], line[256];
    uint64_t number = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, word, strlen(word)) == 0) {
            number = strtoull(line + strlen(word), NULL, 10);
            break;
        }
    (void)fclose(file);
    return number;
}

static void add_used(struct used *used, long pid)
{
    used->ns += number_of(pid, "schedstat", "");
    used->writes += number_of(pid, "io", "syscw:");
    used->sleeps += number_of(pid, "status", "voluntary_ctxt_switches:");
}

static struct used used_by_all(long pid)
{
    struct used used = {0};
    char path[64];
    long child;
    FILE *file;

    add_used(&used, pid);
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
    file = fopen(path, "r");
    if (file == NULL)
        return used;
    while (fscanf(file, "%ld", &child) == 1)
        add_used(&used, child);
    (void)fclose(file);
    return used;
}

/* ---- talking */

static void talk(size_t talker, uint64_t lines)
{
    static const char *const forms[KINDS] = {TEXT "\n", TEXT "\n", "PRIVMSG #room :" TEXT "\r\n"};
    const size_t length = strlen(forms[kind]);
    char text[1 << 14];
    size_t used = 0;
    int64_t at = now();

    for (uint64_t i = 0; i < lines && used + length < sizeof text; i++, said++) {
        memcpy(text + used, forms[kind], length);
        used += length;
        said_at[said % SAMPLES] = at;
    }
    put(members[listeners + talker].fd, text, used);
}

static void note(uint64_t from, uint64_t to)
{
    int64_t at = now();

    for (; from < to; from++)
        delays[samples++ % SAMPLES] = at - said_at[from % SAMPLES];
}

static void hear(size_t number)
{
    static char text[1 << 18];
    struct member *member = &members[number];
    ssize_t got = read(member->fd, text, sizeof text);
    uint64_t before = member->heard;

    if (got <= 0)
        die("a member was left alone");
    if (number >= listeners)
        return;
    for (char *at = text; (at = memchr(at, '\n', (size_t)(got - (at - text)))) != NULL; at++)
        member->heard++;
    if (number % SAMPLED == 0)
        note(before, member->heard);
}

static uint64_t least(void)
{
    uint64_t heard = members[0].heard;

    for (size_t i = 1; i < listeners; i++)
        if (members[i].heard < heard)
            heard = members[i].heard;
    return heard;
}

/* Each talker fills up what it has under way, when half of that was heard. */
static void refill(uint64_t flight)
{
    uint64_t under_way = said - least();
    static size_t turn;

    while (under_way + flight / 2 <= flight * talkers) {
        talk(turn++ % talkers, flight / 2);
        under_way += flight / 2;
    }
}

static void listen_once(void)
{
    if (poll(ready, count, PATIENCE_MS) <= 0)
        die("nothing more comes");
    for (size_t i = 0; i < count; i++)
        if (ready[i].revents != 0)
            hear(i);
}

static int by_size(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static double per(uint64_t what, uint64_t unit, double units)
{
    return unit > 0 ? (double)what * units / (double)unit : 0;
}

int main(int argc, char **argv)
{
    struct rlimit files;
    int64_t begin, end;
    uint64_t flight, heard = 0;
    struct used before, after;
    long pid;

    while (argc == 8 && kind < KINDS && strcmp(argv[3], kinds[kind]) != 0)
        kind++;
    if (argc != 8 || kind == KINDS) {
        fprintf(stderr, "usage: chat PORT PID room|bare|irc LISTENERS TALKERS FLIGHT MS\n");
        return 2;
    }
    pid = strtol(argv[2], NULL, 10);
    listeners = strtoul(argv[4], NULL, 10);
    talkers = strtoul(argv[5], NULL, 10);
    flight = strtoul(argv[6], NULL, 10);
    count = listeners + talkers;
    if (count > MEMBERS_MOST || listeners < 1 || talkers < 1 || flight < 2 || flight > 200)
        return 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (size_t i = 0; i < count; i++) {
        meet(i, (unsigned)strtoul(argv[1], NULL, 10));
        await(i);
    }
    settle();
    before = used_by_all(pid);
    begin = now();
    end = begin + strtol(argv[7], NULL, 10) * 1000000;
    while (now() < end) {
        refill(flight);
        listen_once();
    }
    end = now();
    after = used_by_all(pid);
    for (size_t i = 0; i < listeners; i++)
        heard += members[i].heard;
    samples = samples < SAMPLES ? samples : SAMPLES;
    qsort(delays, samples, sizeof *delays, by_size);
    printf("%.0f %.0f %.2f %.2f %.2f %.2f\n", per(heard, (uint64_t)(end - begin), 1e9),
           per(heard, after.ns - before.ns, 1e9), (double)delays[samples / 2] / 1e6,
           (double)delays[samples * 99 / 100] / 1e6, per(after.writes - before.writes, heard, 1000),
           per(after.sleeps - before.sleeps, heard, 1000));
    return 0;
}
