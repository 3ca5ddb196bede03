#define _POSIX_C_SOURCE 200809L

#include "server/parent/drain.h"

#include <stdio.h>

#include "server/events_run.h"
#include "server/parent/admit.h"
#include "server/parent/inherited.h"
#include "server/parent/queue.h"
#include "server/wire/clock.h"
#include "shm/table/registry.h"

/* Sockets that a service manager has opened are its own, and who waits there waits for the next
 * daemon. Ours it may have kept, but nobody is to wait there. */
static void stop_listening(struct listener *listener)
{
    if (listener->inherited)
        listener_close(listener);
    else
        listener_end(listener);
}

static void begin(struct parent *parent, unsigned long seconds)
{
    parent->drain_until = seconds > 0 ? clock_now() + (int64_t)seconds * CLOCK_S : INT64_MAX;
    parent->notified = UINT32_MAX; /* the service manager is told */
    registry_set_draining(parent->table);
    event_draining(parent->slots.used, seconds);
    queue_refuse(parent, REFUSED_DRAINING);
    if (!parent->listener->inherited)
        admit_refuse_waiting(parent);
    inherited_forget();
    stop_listening(parent->listener);
    stop_listening(parent->web);
}

void drain_begin(struct parent *parent, unsigned long seconds, char line[CONTROL_ANSWER])
{
    const uint32_t used = parent->slots.used;

    if (parent->drain_until != 0 || parent->shutdown_until != 0) {
        parent->drain_until = 1; /* it is over */
        (void)snprintf(line, CONTROL_ANSWER, "%s the server ends now", CONTROL_OK);
        return;
    }
    begin(parent, seconds);
    if (used == 0)
        (void)snprintf(line, CONTROL_ANSWER, "%s nobody is present: the server ends", CONTROL_OK);
    else
        (void)snprintf(line, CONTROL_ANSWER, "%s %u present: the server ends when %s left",
                       CONTROL_OK, (unsigned)used, used == 1 ? "that one has" : "they have");
}

bool drain_is_done(const struct parent *parent, int64_t now)
{
    return parent->drain_until != 0 &&
           (now >= parent->drain_until ||
            (parent->slots.used == 0 && parent->visits.count == 0 && parent->refusal.count == 0));
}
