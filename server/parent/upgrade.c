#define _POSIX_C_SOURCE 200809L

#include "server/parent/upgrade.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "server/events_run.h"
#include "server/log.h"
#include "server/parent/signals.h"
#include "server/system/background.h"
#include "server/wire/clock.h"
#include "shm/table/control.h"
#include "shm/table/registry.h"

/* ---- the old program */

/* The old program goes on; rollcallctl is told why. */
static void refuse(struct parent *parent, const char *why)
{
    char line[SUCCESSOR_SAID + 64];

    program_memory_clear(parent->successor.memory, LIMIT_PARCEL);
    (void)snprintf(line, sizeof line, "the new program cannot take over: %s", why);
    asker_answer(parent->control, &parent->upgrader, line);
    event_not_upgraded(why);
}

/* Packs everything into the memory that the new program inherits. NULL, or why that failed. */
static const char *pack(struct parent *parent)
{
    void *memory = successor_map(parent->successor.memory);
    struct parcel parcel;
    bool done;

    if (memory == NULL)
        return strerror(errno);
    parcel_begin(&parcel, memory, LIMIT_PARCEL);
    done = carry_all(&parcel, parent->belongings) && parcel_end(&parcel, ROLLCALL_VERSION);
    successor_unmap(memory);
    return done ? NULL : "there is too much to take over";
}

/* NULL, or why no program can be tried. */
static const char *try(struct parent *parent)
{
    const char *why = successor_missing(&parent->successor);

    if (why == NULL)
        why = pack(parent);
    if (why == NULL)
        why = successor_try(&parent->successor, parent->table->fd);
    return why;
}

const char *upgrade_begin(struct parent *parent, const struct asker *asker)
{
    const char *why;

    if (parent->shutdown_until != 0)
        return "the server is shutting down";
    if (parent->successor.pid != 0)
        return "another upgrade is under way";
    parent->upgrader = *asker;
    why = try(parent);
    if (why != NULL)
        refuse(parent, why);
    return NULL;
}

bool upgrade_rehearse(struct parent *parent, char line[SUCCESSOR_SAID])
{
    const char *why = try(parent);
    int result = 0;

    if (why != NULL)
        (void)snprintf(line, SUCCESSOR_SAID, "%s", why);
    while (why == NULL && (result = successor_go_on(&parent->successor, clock_now(), line)) == 0)
        (void)poll(&(struct pollfd){.fd = parent->successor.answer, .events = POLLIN}, 1,
                   LIMIT_REAP_MS);
    return result == 1;
}

/* Returns only if the program could not be executed. */
static void replace(struct parent *parent)
{
    char line[SUCCESSOR_SAID];
    const char *why;

    refusal_settle(&parent->refusal, &parent->recorder, parent->table, clock_now());
    why = pack(parent);
    background_tell_manager("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_now() / 1000);
    if (why == NULL)
        why = successor_execute(&parent->successor, line);
    background_tell_manager("READY=1");
    refuse(parent, why);
}

void upgrade_go_on(struct parent *parent, int64_t now)
{
    char line[SUCCESSOR_SAID];

    switch (successor_go_on(&parent->successor, now, line)) {
    case 0:
        return;
    case 1:
        replace(parent);
        return;
    default:
        refuse(parent, line);
    }
}

void upgrade_give_up(struct parent *parent)
{
    if (parent->successor.pid == 0)
        return;
    successor_stop(&parent->successor);
    refuse(parent, "the server is shutting down");
}

/* ---- the new program */

bool upgrade_unpack(struct belongings *all, int memory, char version[PARCEL_VERSION],
                    char why[SUCCESSOR_SAID])
{
    void *from = successor_map(memory);
    struct parcel parcel = {.failed = NULL};

    why[0] = '\0';
    if (from == NULL)
        (void)snprintf(why, SUCCESSOR_SAID, "cannot map what it takes over: %s", strerror(errno));
    else if (!parcel_open(&parcel, from, LIMIT_PARCEL, version))
        (void)snprintf(why, SUCCESSOR_SAID, "what it takes over is damaged");
    else if (!carry_all(&parcel, all) && parcel.failed == NULL)
        (void)snprintf(why, SUCCESSOR_SAID, "cannot take over %s: %s", parcel.part,
                       strerror(errno));
    else if (parcel.failed != NULL)
        (void)snprintf(why, SUCCESSOR_SAID,
                       "%s differs between %s and " ROLLCALL_VERSION
                       ": restart the daemon when it is convenient",
                       parcel.failed, version);
    else if (!parcel_is_empty(&parcel))
        (void)snprintf(why, SUCCESSOR_SAID,
                       "%s has more to take over than " ROLLCALL_VERSION
                       " knows: restart the daemon when it is convenient",
                       version);
    if (from != NULL)
        successor_unmap(from);
    return why[0] == '\0';
}

/* The signals that came meanwhile are still blocked, and wait. */
void upgrade_take_over(struct belongings *all, char *const *words)
{
    struct parent *parent = all->parent;
    sigset_t waiting = parent->waiting;

    parent->belongings = all;
    signals_set(&parent->waiting);
    parent->waiting = waiting;
    successor_succeed(&parent->successor, words, all->service->user != NULL);
    log_count_losses(registry_log_losses(all->table));
}

void upgrade_complete(struct parent *parent, const char *version)
{
    event_upgraded(version);
    asker_answer(parent->control, &parent->upgrader, CONTROL_OK);
    background_tell_manager("READY=1");
    parent->notified = UINT32_MAX;
}
