/* churn PORT STAYING: so many clients come and stay, each with a name and a raised hand; then, by
 * turns, one of them says a line, and a new client comes, says a line and leaves. Each must be
 * answered as ever. Says "churn" when all who stay are there; goes on until its input ends, and
 * then looks for all names and hands. Prints each failure, and at last "N sessions, M lines, F
 * failures". */
#define _XOPEN_SOURCE 700

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 30
#define STAY_MOST  1000

static unsigned port;
static unsigned long sessions, lines, failures;

static bool fail(const char *what, const char *why)
{
    failures++;
    printf("%s: %s\n", what, why);
    return false;
}

static FILE *come(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    FILE *client;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        (client = fdopen(fd, "r+")) == NULL) {
        (void)fail("connect", strerror(errno));
        return NULL;
    }
    setvbuf(client, NULL, _IONBF, 0);
    sessions++;
    return client;
}

/* Reads a line, which must begin with these words. */
static bool hear(FILE *client, const char *wanted)
{
    char line[512];

    errno = 0;
    if (fgets(line, sizeof line, client) == NULL)
        return fail(wanted, errno != 0 ? strerror(errno) : "the connection was closed");
    line[strcspn(line, "\n")] = '\0';
    return strncmp(line, wanted, strlen(wanted)) == 0 || fail(wanted, line);
}

static bool ask(FILE *client, const char *words, const char *wanted)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%s\n", words);

    lines++;
    if (write(fileno(client), line, (size_t)length) != length)
        return fail(words, strerror(errno));
    return hear(client, wanted);
}

static FILE *come_to_stay(long number)
{
    FILE *client = come();
    char words[64], wanted[64];

    (void)snprintf(words, sizeof words, "hand:%ld\nnick:stay%ld", number, number);
    (void)snprintf(wanted, sizeof wanted, "200 stay%ld", number);
    if (client == NULL || !hear(client, "220 Enter ") ||
        !ask(client, words, "200 Your hand is up.") || !hear(client, wanted))
        return NULL;
    return client;
}

static void come_and_go(void)
{
    FILE *client = come();

    if (client == NULL)
        return;
    if (hear(client, "220 Enter "))
        (void)ask(client, "hello", "200 hello ACK");
    (void)fclose(client);
}

static bool has_ended(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;

    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

/* Each still has its name and its hand; it has not joined, so nothing is told to it. */
static void look_at(FILE *client, long number)
{
    char words[64], wanted[64];

    (void)snprintf(words, sizeof words, "tell:stay%ld x", number);
    (void)snprintf(wanted, sizeof wanted, "450 stay%ld is here", number);
    (void)ask(client, words, wanted);
    (void)ask(client, "unhand", "200 Your hand is down.");
}

int main(int argc, char **argv)
{
    static FILE *stay[STAY_MOST];
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : -1;

    if (count < 1 || count > STAY_MOST) {
        fprintf(stderr, "usage: churn PORT STAYING\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    port = (unsigned)strtoul(argv[1], NULL, 10);
    for (long i = 0; i < count; i++)
        if ((stay[i] = come_to_stay(i)) == NULL)
            return 1;
    printf("churn\n");
    for (long i = 0; !has_ended() && failures < 20; i = (i + 1) % count) {
        (void)ask(stay[i], "still here", "200 still here ACK");
        come_and_go();
    }
    for (long i = 0; i < count; i++)
        look_at(stay[i], i);
    printf("%lu sessions, %lu lines, %lu failures\n", sessions, lines, failures);
    return failures > 0;
}
