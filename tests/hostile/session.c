/* A session that obeys its client, for a daemon that is linked with it in place of
 * server/handler/session.c and the requests: a handler taken over. Each request is an attack on the
 * table, the lock or the journal; "ok" is answered, where anything is. */
#define _POSIX_C_SOURCE 200809L

#include "server/handler/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/journal.h"
#include "server/wire/clock.h"
#include "shm/table/control.h"
#include "shm/table/layout.h"
#include "shm/table/slot.h"

static struct table_memory *memory;
static struct slot_memory *mine;

static void take_lock(void)
{
    if (lock_enter(&memory->lock, &mine->at, getppid()) != 0)
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
    scribble(memory->slot, memory->slots * sizeof memory->slot[0]);
}

static void scribble_header(void)
{
    scribble(memory, sizeof *memory);
}

static void scribble_rings(void)
{
    scribble(memory->slot + memory->slots, sizeof(struct store));
}

static void clear_all(void)
{
    memset(memory, 0, TABLE_SIZE(memory->slots));
}

static void set_at(void)
{
    for (uint32_t i = 0; i < memory->slots; i++)
        atomic_store(&memory->slot[i].at, atomic_load(&memory->lock.epoch));
}

static void post(void)
{
    for (int i = 0; i < 1000; i++) {
        sem_post(&memory->lock.sem[0]);
        sem_post(&memory->lock.sem[1]);
    }
}

static void move_epoch(void)
{
    atomic_fetch_add(&memory->lock.epoch, 7);
}

static void scribble_on(void)
{
    size_t size = TABLE_SIZE(memory->slots);

    for (;;) {
        scribble(memory, size);
        poll(NULL, 0, 1);
    }
}

/* ---- notes to the clerk: about others, in the parent's name, and such as are none */

static const struct service *service;
static struct slot own;

static struct journal_note note_of(enum journal_event event, uint32_t slot, uint64_t serial)
{
    struct journal_note note = {
        .event = event, .slot = slot, .serial = serial, .number = 1000, .name = "forged"};

    (void)snprintf(note.text, sizeof note.text, "forged");
    return note;
}

static void forge(void)
{
    for (int event = 0; event <= JOURNAL_EVENTS; event++)
        for (uint32_t slot = 0; slot < 4; slot++) {
            struct journal_note note = note_of((enum journal_event)event, slot, slot + 1);

            if (event == JOURNAL_LEAVING)
                note.why = LEFT_KICKED;
            if (slot != own.number || event < JOURNAL_ENTERED)
                (void)journal_tell(service->journal, &note);
        }
}

/* Whether the clerk believes one about another, or an end in the parent's name: "ok" means no. */
static void ask_forged(void)
{
    struct journal_note named = note_of(JOURNAL_NAMED, 0, 1);
    struct journal_note left = note_of(JOURNAL_LEFT, own.number, own.serial);

    if (journal_ask(service->journal, &named) == 0 || errno != EPERM ||
        journal_ask(service->journal, &left) == 0 || errno != EPERM)
        _exit(4);
}

static void send_rubbish(void)
{
    char rubbish[8192];

    scribble(rubbish, sizeof rubbish);
    for (size_t size = 1; size <= sizeof rubbish; size += 97)
        (void)send(service->journal, rubbish, size, MSG_NOSIGNAL);
}

/* Fills the handlers' channel again and again. */
static void flood(void)
{
    struct journal_note note = note_of(JOURNAL_NAMED, 60000, 60000);

    for (;;)
        if (journal_tell(service->journal, &note) != 0)
            poll(NULL, 0, 1);
}

/* Leads `rollcallctl report` to another journal: in the runtime directory, or in one of its own
 * that the table then names. Whatever of that the confinement does not allow, fails. */
static void mislead(void)
{
    static const char line[] = "rollcall-journal\t1\tforged\n";
    struct sockaddr_un control = {.sun_family = AF_UNIX, .sun_path = TABLE_CONTROL};
    char path[TABLE_RUNTIME - 16], forged[TABLE_RUNTIME], link[TABLE_RUNTIME];
    int fd;

    if ((size_t)snprintf(path, sizeof path, "%s/evil", service->inbox->path) >= sizeof path)
        _exit(4);
    (void)snprintf(forged, sizeof forged, "%s/forged", path);
    (void)snprintf(link, sizeof link, "%s/" TABLE_JOURNAL, path);
    (void)mkdir(path, 0700);
    fd = open(forged, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || write(fd, line, strlen(line)) < 0)
        _exit(4); /* that much a handler may do */
    close(fd);
    (void)unlink(TABLE_JOURNAL);
    (void)memcpy(memory->runtime, path, sizeof path);
    if (symlink(forged, TABLE_JOURNAL) != 0)
        (void)rename(forged, TABLE_JOURNAL);
    if (symlink(forged, link) != 0)
        (void)rename(forged, link);
    if (chdir(path) == 0)
        (void)bind(socket(AF_UNIX, SOCK_DGRAM, 0), (const struct sockaddr *)&control,
                   sizeof control);
}

/* Leads rollcallctl to another room of the same user: its name is this one's with ".other". */
static void lead_to_other(void)
{
    static const char other[] = ".other";
    size_t length = strnlen(memory->runtime, sizeof memory->runtime);

    if (length + sizeof other > sizeof memory->runtime)
        _exit(4);
    memcpy(memory->runtime + length, other, sizeof other);
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
    {"forge", forge},
    {"ask-forged", ask_forged},
    {"send-rubbish", send_rubbish},
    {"flood", flood},
    {"mislead", mislead},
    {"lead-to-other", lead_to_other},
};

static void say(int fd, const char *words)
{
    if (write(fd, words, strlen(words)) < 0)
        _exit(0);
}

/* What an honest handler does: everything at the lock, and the answer says who is here. */
static void be_honest(struct session *session, int fd)
{
    struct slot_brief *list;
    size_t count;
    char line[64];

    if (slot_list(&session->slot, &list, &count) != 0) {
        say(fd, "no answer\n");
        return;
    }
    slot_update(&session->slot, &session->me);
    (void)snprintf(line, sizeof line, "%zu present\n", count);
    free(list);
    say(fd, line);
}

void session_prepare(struct session *session)
{
    (void)session;
    (void)signal(SIGUSR1, SIG_IGN);
}

void session_run(struct session *session, struct table *table, const struct admitted *admitted,
                 const struct service *given)
{
    char line[256];
    FILE *client = fdopen(admitted->fd, "r");

    service = given;
    signal(SIGCHLD, SIG_DFL);
    session->slot =
        (struct slot){.table = table, .number = admitted->slot, .serial = admitted->serial};
    session->me.serial = admitted->serial;
    session->me.connected = 1;
    session->me.connected_ns = session->me.active_ns = clock_now();
    (void)snprintf(session->me.name, sizeof session->me.name, "Client%02u", admitted->slot + 1);
    own = session->slot;
    memory = table->memory;
    mine = &memory->slot[admitted->slot];
    if (slot_enter(&session->slot, &session->me) != 0)
        return;
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
    (void)slot_leave(&session->slot, &session->me, LEFT_CLOSED);
}
