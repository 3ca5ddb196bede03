#define _POSIX_C_SOURCE 200809L

#include "client/chat/arrivals.h"

#include <stdio.h>
#include <string.h>

#include "server/wire/name.h"

bool arrivals_add(struct arrivals *arrivals, const char *name, time_t when, int64_t until)
{
    struct arrival *arrival;

    if (arrivals->count == ARRIVALS_MOST)
        return false;
    arrival = &arrivals->arrival[arrivals->count++];
    *arrival = (struct arrival){.when = when, .until = until};
    (void)snprintf(arrival->name, sizeof arrival->name, "%s", name);
    return true;
}

static void take(struct arrivals *arrivals, size_t at, struct arrival *arrival)
{
    *arrival = arrivals->arrival[at];
    arrivals->count--;
    memmove(arrivals->arrival + at, arrivals->arrival + at + 1,
            (arrivals->count - at) * sizeof arrivals->arrival[0]);
}

/* Where the client of that name is; the count if it is not kept. */
static size_t find(const struct arrivals *arrivals, const char *name)
{
    size_t at = 0;

    while (at < arrivals->count && !name_same(arrivals->arrival[at].name, name))
        at++;
    return at;
}

bool arrivals_take(struct arrivals *arrivals, const char *name, struct arrival *arrival)
{
    const size_t at = find(arrivals, name);

    if (at == arrivals->count)
        return false;
    take(arrivals, at, arrival);
    return true;
}

bool arrivals_rename(struct arrivals *arrivals, const char *name, const char *to)
{
    const size_t at = find(arrivals, name);

    if (at == arrivals->count)
        return false;
    (void)snprintf(arrivals->arrival[at].name, sizeof arrivals->arrival[at].name, "%s", to);
    return true;
}

bool arrivals_due(struct arrivals *arrivals, int64_t now, struct arrival *arrival)
{
    if (arrivals_left(arrivals, now) != 0)
        return false;
    take(arrivals, 0, arrival);
    return true;
}

int64_t arrivals_left(const struct arrivals *arrivals, int64_t now)
{
    if (arrivals->count == 0)
        return -1;
    return arrivals->arrival[0].until > now ? arrivals->arrival[0].until - now : 0;
}
