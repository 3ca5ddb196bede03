/* Wake-ups: who is woken, and that nobody can take a wake-up from another. Where the system has
 * none, that it says so. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "server/bell.h"
#include "tests/unit/tap.h"

#define CLIENTS 200 /* four groups */

static struct bell bell;

static bool is_woken(int watch)
{
    struct pollfd one = {.fd = watch, .events = POLLIN};

    return poll(&one, 1, 0) == 1;
}

static void take(int watch)
{
    bell_take(watch);
    OK(!is_woken(watch));
}

/* What a bell shows at once to a new watch is no wake-up. */
static int new_watch(uint32_t slot)
{
    int watch = bell_watch(&bell, slot);

    OK(watch >= 0);
    take(watch);
    return watch;
}

static void wakes(void)
{
    int first = new_watch(0), second = new_watch(1), fellow = new_watch(bell.groups);

    bell_ring(&bell);
    OK(is_woken(first) && is_woken(second) && is_woken(fellow));
    take(first);
    OK(is_woken(second) && is_woken(fellow));
    take(second);
    take(fellow);
    bell_ring_one(&bell, 0);
    OK(is_woken(first) && !is_woken(second) && is_woken(fellow));
    take(first);
    bell_ring_one(&bell, bell.groups);
    bell_ring_one(&bell, 1);
    OK(is_woken(first) && is_woken(second));
    close(first);
    close(second);
    close(fellow);
}

static void cannot_be_taken_away(void)
{
    int watch = new_watch(7);
    uint64_t taken;

    bell_ring(&bell);
    for (int i = 0; i < 100000; i++)
        if (read(bell.room, &taken, sizeof taken) < 0)
            break;
    OK(is_woken(watch));
    take(watch);
    close(watch);
}

int main(void)
{
    OK(bell_open(&bell, CLIENTS) == 0);
    if (bell.room < 0) {
        OK(bell_watch(&bell, 0) == -1 && errno == ENOSYS);
        bell_ring(&bell);
        bell_ring_one(&bell, 0);
    } else {
        OK(bell.groups == 4);
        wakes();
        cannot_be_taken_away();
    }
    return tap_end();
}
