/* A session that obeys its client, for a daemon that is linked with it in place of
 * server/handler/session.c and the requests: a handler taken over. Each request is an attack on the
 * table or the lock; "ok" is answered, where anything is. */
#define _POSIX_C_SOURCE 200809L

#include "server/handler/session.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/table/layout.h"

static struct registry_table *table;
static struct place *mine;

static void take_lock(void)
{
    if (lock_enter(&table->lock, &mine->at, getppid()) != 0)
        _exit(3);
}

static void hold(void)
{
    take_lock();
    for (;;)
        pause();
}

static void hold_unseen(void)
{
    take_lock();
    atomic_store(&mine->at, 0);
    for (;;)
        pause();
}

static void stop(void)
{
    take_lock();
    raise(SIGSTOP);
}

static void die_inside(void)
{
    take_lock();
    raise(SIGKILL);
}

static void scribble(void *to, size_t size)
{
    unsigned char *byte = to;

    for (size_t i = 0; i < size; i++)
        byte[i] = (unsigned char)rand();
}

static void scribble_mine(void)
{
    scribble(mine, sizeof *mine);
}

static void scribble_places(void)
{
    scribble(table->place, table->places * sizeof table->place[0]);
}

static void scribble_header(void)
{
    scribble(table, sizeof *table);
}

static void scribble_rings(void)
{
    scribble(table->place + table->places, sizeof(struct store));
}

static void clear_all(void)
{
    memset(table, 0, TABLE_SIZE(table->places));
}

static void set_at(void)
{
    for (uint32_t i = 0; i < table->places; i++)
        atomic_store(&table->place[i].at, atomic_load(&table->lock.epoch));
}

static void post(void)
{
    for (int i = 0; i < 1000; i++) {
        sem_post(&table->lock.sem[0]);
        sem_post(&table->lock.sem[1]);
    }
}

static void move_epoch(void)
{
    atomic_fetch_add(&table->lock.epoch, 7);
}

static void scribble_on(void)
{
    size_t size = TABLE_SIZE(table->places);

    for (;;) {
        scribble(table, size);
        poll(NULL, 0, 1);
    }
}

static const struct attack {
    const char *name;
    void (*run)(void);
} attacks[] = {
    {"hold", hold},
    {"hold-unseen", hold_unseen},
    {"stop", stop},
    {"die-inside", die_inside},
    {"scribble-mine", scribble_mine},
    {"scribble-places", scribble_places},
    {"scribble-header", scribble_header},
    {"scribble-rings", scribble_rings},
    {"clear-all", clear_all},
    {"set-at", set_at},
    {"post", post},
    {"move-epoch", move_epoch},
    {"scribble-on", scribble_on},
};

static void say(int fd, const char *words)
{
    if (write(fd, words, strlen(words)) < 0)
        _exit(0);
}

/* What an honest handler does: everything at the lock, and the answer says who is here. */
static void be_honest(struct session *session, int fd)
{
    struct registry_brief *list;
    size_t count;
    char line[64];

    if (registry_present(session->registry, session->place, &list, &count) != 0) {
        say(fd, "no answer\n");
        return;
    }
    registry_update(session->registry, session->place, &session->me);
    (void)snprintf(line, sizeof line, "%zu present\n", count);
    free(list);
    say(fd, line);
}

void session_prepare(struct session *session)
{
    (void)session;
    (void)signal(SIGUSR1, SIG_IGN);
}

int session_run(struct session *session, struct registry *registry, const struct admitted *admitted,
                const struct service *service)
{
    char line[256];
    FILE *client = fdopen(admitted->fd, "r");

    (void)service;
    signal(SIGCHLD, SIG_DFL);
    session->registry = registry;
    session->place = admitted->place;
    session->me.serial = admitted->serial;
    session->me.connected = 1;
    session->me.connected_ns = session->me.active_ns = registry_now();
    (void)snprintf(session->me.name, sizeof session->me.name, "Client%02u", admitted->place + 1);
    table = registry->table;
    mine = &table->place[admitted->place];
    if (registry_enter(registry, admitted->place, &session->me) != 0)
        return 1;
    say(admitted->fd, "220 Enter\n");
    for (;;) {
        struct pollfd ends[2] = {{.fd = admitted->fd, .events = POLLIN},
                                 {.fd = admitted->lifeline, .events = POLLIN}};

        if (poll(ends, 2, -1) < 0 || ends[1].revents != 0 || client == NULL ||
            fgets(line, sizeof line, client) == NULL)
            break;
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "honest") == 0)
            be_honest(session, admitted->fd);
        for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++)
            if (strcmp(line, attacks[i].name) == 0) {
                attacks[i].run();
                say(admitted->fd, "ok\n");
            }
    }
    (void)registry_leave(registry, admitted->place, &session->me, LEFT_CLOSED);
    return 0;
}
