#define _POSIX_C_SOURCE 200809L

#include "server/lifetime.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server/events.h"
#include "server/parent/places.h"
#include "server/parent/upgrade.h"
#include "server/serve.h"
#include "server/start.h"

int lifetime_serve(const struct belongings *all)
{
    struct parent *parent = all->parent;
    bool lost;

    serve_clients(parent, all->table, all->service);
    lost = places_lost(parent) != NULL;
    recorder_end(&parent->recorder, all->table);
    start_undo(all->table);
    event_stopped();
    return lost ? EXIT_FAILURE : EXIT_SUCCESS; /* the service manager sees that not all was well */
}

void lifetime_rehearse(const struct belongings *all)
{
    char why[SUCCESSOR_SAID];
    bool done = upgrade_rehearse(all->parent, why);

    printf("%-45s %s%s\n", "replace the daemon (rollcallctl upgrade)",
           done ? "possible, for the parent" : "impossible: ", done ? "" : why);
    (void)fflush(stdout);
}

void lifetime_go_on(struct belongings *all, char *const *words)
{
    char version[PARCEL_VERSION], why[SUCCESSOR_SAID];
    int memory;
    enum successor_role role = successor_role(&memory);
    bool done = role != SUCCESSOR_NONE && upgrade_unpack(all, memory, version, why);

    if (role == SUCCESSOR_NONE)
        return;
    if (role == SUCCESSOR_TRIED)
        successor_say(done ? NULL : why);
    if (!done)
        start_die(EXIT_FAILURE, "cannot take over: %s", why);
    tzset();
    upgrade_take_over(all, words);
    serve_prepare();
    upgrade_complete(all->parent, version);
    exit(lifetime_serve(all));
}
