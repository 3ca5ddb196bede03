/* Bytes from a client: a whole session in this process, over a socket pair, with a table, a share
 * and an inbox of its own. */
#define _XOPEN_SOURCE 700 /* nftw */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/files/share.h"
#include "server/handler/session.h"
#include "server/log.h"
#include "shm/table/registry.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 1024 /* replies are longer than requests */
#define FRESH     256  /* sessions in one table: the history grows */

static char directory[] = "/tmp/rollcall-fuzz.XXXXXX";
static struct table table;
static struct inbox inbox;
static struct key key;
static struct bell bell;
static struct service service = {
    .inbox = &inbox, .bell = &bell, .requests = -1, .key = &key, .limits = {.patience_s = 60}};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void clean_up(void)
{
    registry_destroy(&table);
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_table(void)
{
    char room[32];

    (void)snprintf(room, sizeof room, "fuzz.%ld", (long)getpid());
    if (registry_create(&table, room, 4) != 0)
        abort();
    registry_set_top(&table, 2);
}

static void begin(void)
{
    char path[64];
    FILE *file;

    if (mkdtemp(directory) == NULL)
        abort();
    (void)snprintf(path, sizeof path, "%s/share", directory);
    if (mkdir(path, 0700) != 0 || (service.share = share_open(path)) < 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/share/dir", directory);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/share/f", directory);
    if ((file = fopen(path, "w")) == NULL || fputs("meow\n", file) < 0 || fclose(file) != 0)
        abort();
    (void)snprintf(path, sizeof path, "%s/inbox", directory);
    if (mkdir(path, 0700) != 0 || inbox_open(&inbox, path) != 0)
        abort();
    inbox.lock = -1;
    inbox.limits = (struct inbox_limits){
        .file = 1000, .client = 10000, .total = 20000, .free = 0, .files = 20, .parts = 60};
    if (bell_open(&bell, 4) != 0)
        abort();
    make_table();
    log_open(LOG_TO_STDERR);
    atexit(clean_up);
}

static void *read_all(void *fd)
{
    static char sink[65536];

    while (read(*(int *)fd, sink, sizeof sink) > 0)
        ;
    return NULL;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct session session;
    static unsigned long sessions;
    struct admitted admitted = {.slot = 1, .serial = sessions + 1, .peer = {.family = 4}};
    int pair[2], lifeline[2];
    pthread_t reader;

    if (sessions == 0)
        begin();
    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(lifeline) != 0)
        return -1;
    if (++sessions % FRESH == 0) {
        registry_destroy(&table);
        make_table();
    }
    admitted.fd = pair[0];
    admitted.lifeline = lifeline[0];
    if (write(pair[1], data, size) != (ssize_t)size)
        abort();
    (void)shutdown(pair[1], SHUT_WR);
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    memset(&session, 0, sizeof session);
    session_prepare(&session);
    if (pthread_create(&reader, NULL, read_all, &pair[1]) != 0)
        abort();
    (void)session_run(&session, &table, &admitted, &service);
    (void)close(pair[0]);
    (void)pthread_join(reader, NULL);
    (void)close(pair[1]);
    (void)close(lifeline[0]);
    (void)close(lifeline[1]);
    return 0;
}
