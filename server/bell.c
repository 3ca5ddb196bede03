#define _POSIX_C_SOURCE 200809L

#include "server/bell.h"

#include <errno.h>
#include <unistd.h>

#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/descriptors.h"

int bell_open(struct bell *bell, uint32_t clients)
{
    uint32_t wanted = (clients + LIMIT_BELL_GROUP - 1) / LIMIT_BELL_GROUP;

    bell->groups = 0;
    for (int i = 0; i < BELL_GROUPS; i++)
        bell->group[i] = -1;
    bell->room = platform_event();
    if (bell->room < 0)
        return errno == ENOSYS ? 0 : -1;
    while (bell->groups < wanted && bell->groups < BELL_GROUPS) {
        bell->group[bell->groups] = platform_event();
        if (bell->group[bell->groups] < 0)
            return -1;
        bell->groups++;
    }
    return 0;
}

void bell_ring(const struct bell *bell)
{
    if (bell->room >= 0)
        platform_signal_event(bell->room);
}

void bell_ring_one(const struct bell *bell, uint32_t slot)
{
    if (bell->groups > 0)
        platform_signal_event(bell->group[slot % bell->groups]);
}

int bell_watch(const struct bell *bell, uint32_t slot, int one, int other)
{
    int watch;

    if (bell->room < 0) {
        errno = ENOSYS;
        return -1;
    }
    watch = platform_watch_events(bell->room, bell->group[slot % bell->groups]);
    if (watch < 0 ||
        (platform_watch_also(watch, one) == 0 && platform_watch_also(watch, other) == 0))
        return watch;
    descriptors_close(watch);
    return -1;
}

int bell_wait(int watch, int ms, const sigset_t *signals, int ready[BELL_READY])
{
    return platform_wait_watched(watch, ms, signals, ready);
}
