/* talk PORT LISTENERS TALKERS LINES RATE BATCH [SILENCE]: so many join and listen; so many join and
 * each say LINES lines, RATE a second (0: as fast as they are acknowledged), BATCH of them in one
 * write. Each must hear every line of each other one once, in its order, but for as many as it was
 * told that it missed, exactly so many; and no line between the replies of a batch. After SILENCE
 * ms without a line (20 s by default) whatever has not come is lost. Prints what came and how long
 * it took from the sending to the last receipt; the exit status is 1 where something was wrong. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE 1 /* RLIMIT_NOFILE's raising */

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/line.h"

#define MEMBERS_MOST 4096

struct mine {
    int fd;
    struct line_reader reader;
    size_t said, acknowledged;       /* its own lines */
    size_t *heard;                   /* of each talker */
    uint64_t lines, missed, skipped; /* heard, told that they were missed, found missing so far */
    bool greeted, announced, joined;
};

static struct mine *members;
static size_t count, talkers, lines, batch;
static int silence_ms = 20000;
static int64_t *said_at, *last_at; /* of each talker's each line */
static uint64_t wrong;

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void complain(size_t mine, const char *what, const char *line)
{
    if (wrong++ < 10)
        printf("member %zu: %s: %s\n", mine, what, line);
}

static void say(struct mine *mine, const char *text)
{
    size_t length = strlen(text);

    if (write(mine->fd, text, length) != (ssize_t)length)
        die("write");
}

static void meet(struct mine *mine, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    mine->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (mine->fd < 0 || connect(mine->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    line_reader_init(&mine->reader, mine->fd, PROTOCOL_REPLY_MAX);
    mine->heard = calloc(talkers, sizeof *mine->heard);
    if (mine->heard == NULL)
        die("calloc");
}

/* The next batch of a talker: "TALKER NUMBER" lines in one write. */
static void talk(size_t talker)
{
    char text[8192];
    size_t used = 0;
    int64_t at = now();
    struct mine *mine = &members[talker];

    for (size_t i = 0; i < batch && mine->said < lines; i++, mine->said++) {
        said_at[talker * lines + mine->said] = at;
        used += (size_t)snprintf(text + used, sizeof text - used, "talker %zu line %zu\n", talker,
                                 mine->said);
    }
    say(mine, text);
}

static void take_line(size_t number, const char *line)
{
    struct mine *mine = &members[number];
    size_t talker, which;
    char name[64], rest[16];
    uint64_t missed;

    if (strncmp(line, "220 ", 4) == 0) {
        mine->greeted = true;
    } else if (strncmp(line, "200 Left", 8) == 0) {
        mine->announced = true;
    } else if (strncmp(line, "200 Joined", 10) == 0) {
        mine->joined = true;
    } else if (sscanf(line, "200 talker %zu line %zu %15s", &talker, &which, rest) == 3) {
        if (talker != number || which != mine->acknowledged++ || strcmp(rest, "ACK") != 0)
            complain(number, "no reply of its own in order", line);
    } else if (sscanf(line, "130 %63s talker %zu line %zu", name, &talker, &which) == 3) {
        if (talker >= talkers || which >= lines) {
            complain(number, "nobody said that", line);
            return;
        }
        if (number < talkers && mine->acknowledged % batch != 0 && mine->acknowledged < lines)
            complain(number, "between the replies of a batch", line);
        if (which < mine->heard[talker])
            complain(number, "out of order", line);
        else
            mine->skipped += which - mine->heard[talker];
        if (mine->skipped > mine->missed)
            complain(number, "more is missing than was told", line);
        mine->heard[talker] = which + 1;
        mine->lines++;
        last_at[talker * lines + which] = now();
    } else if (sscanf(line, "135 %" SCNu64, &missed) == 1) {
        mine->missed += missed;
    } else {
        complain(number, "unexpected", line);
    }
}

static void hear(size_t number)
{
    struct mine *mine = &members[number];
    char *line;
    size_t length;

    if (line_fill(&mine->reader) <= 0) {
        printf("member %zu was left alone\n", number);
        exit(1);
    }
    while (line_next(&mine->reader, &line, &length) == LINE_READY)
        take_line(number, line);
}

/* Hears what there is, for so long at most. False: nothing came. */
static bool listen_for(int ms)
{
    static struct pollfd ready[MEMBERS_MOST];

    for (size_t i = 0; i < count; i++)
        ready[i] = (struct pollfd){.fd = members[i].fd, .events = POLLIN};
    if (poll(ready, count, ms) <= 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (ready[i].revents != 0)
            hear(i);
    return true;
}

static bool is_greeted(const struct mine *mine)
{
    return mine->greeted;
}

static bool is_announced(const struct mine *mine)
{
    return mine->announced;
}

static bool has_joined(const struct mine *mine)
{
    return mine->joined;
}

static void await_all(bool (*is_so)(const struct mine *), const char *what)
{
    for (size_t i = 0; i < count;)
        if (is_so(&members[i]))
            i++;
        else if (!listen_for(silence_ms))
            die(what);
}

static bool all_heard(void)
{
    for (size_t i = 0; i < count; i++) {
        size_t others = i < talkers ? talkers - 1 : talkers;

        if (members[i].lines + members[i].missed > others * lines)
            complain(i, "more was missed than was said", "");
        if (members[i].lines + members[i].missed < others * lines)
            return false;
        if (i < talkers && members[i].acknowledged < lines)
            return false;
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static void show(int64_t took)
{
    size_t total = talkers * lines;
    uint64_t heard = 0, missed = 0;

    for (size_t i = 0; i < count; i++) {
        heard += members[i].lines;
        missed += members[i].missed;
    }
    for (size_t i = 0; i < total; i++)
        last_at[i] = last_at[i] > said_at[i] ? last_at[i] - said_at[i] : 0;
    qsort(last_at, total, sizeof *last_at, by_size);
    printf("%zu members, %zu lines said in %.1f s: %" PRIu64 " heard, %" PRIu64 " missed, %" PRIu64
           " wrong; to the last receipt: median %.1f ms, 99 %% %.1f ms, worst "
           "%.1f ms\n",
           count, total, (double)took / 1e9, heard, missed, wrong, (double)last_at[total / 2] / 1e6,
           (double)last_at[total * 99 / 100] / 1e6, (double)last_at[total - 1] / 1e6);
}

int main(int argc, char **argv)
{
    struct rlimit files;
    int64_t begin, next;
    double rate;

    if (argc != 7 && argc != 8) {
        fprintf(stderr, "usage: talk PORT LISTENERS TALKERS LINES RATE BATCH [SILENCE]\n");
        return 2;
    }
    talkers = strtoul(argv[3], NULL, 10);
    count = talkers + strtoul(argv[2], NULL, 10);
    lines = strtoul(argv[4], NULL, 10);
    rate = strtod(argv[5], NULL);
    batch = strtoul(argv[6], NULL, 10);
    if (count > MEMBERS_MOST || batch < 1 || batch > 100 || talkers < 1 || lines < 1)
        return 2;
    if (argc == 8)
        silence_ms = atoi(argv[7]);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    members = calloc(count, sizeof *members);
    said_at = calloc(talkers * lines, sizeof *said_at);
    last_at = calloc(talkers * lines, sizeof *last_at);
    if (members == NULL || said_at == NULL || last_at == NULL)
        die("calloc");
    for (size_t i = 0; i < count; i++)
        meet(&members[i], (unsigned)strtoul(argv[1], NULL, 10));
    await_all(is_greeted, "nobody comes");
    for (size_t i = 0; i < count; i++) /* before anybody joins: their first line announces them */
        say(&members[i], "leave\n");
    await_all(is_announced, "nobody is announced");
    for (size_t i = 0; i < count; i++) /* all are there: nothing but their lines will come */
        say(&members[i], "join\n");
    await_all(has_joined, "nobody joins");
    begin = next = now();
    while (!all_heard()) {
        int64_t time = now();
        bool talking = false;

        for (size_t i = 0; i < talkers; i++) {
            bool due = rate > 0 ? time >= next : members[i].acknowledged == members[i].said;

            talking |= members[i].said < lines;
            if (members[i].said < lines && due)
                talk(i);
        }
        if (rate > 0 && time >= next)
            next += (int64_t)((double)batch * 1e9 / rate);
        if (!listen_for(rate > 0 && talking ? (int)((next - now()) / 1000000 + 1) : silence_ms) &&
            (rate <= 0 || !talking)) {
            printf("nothing more comes\n");
            wrong++;
            break;
        }
    }
    show(now() - begin);
    return wrong > 0;
}
