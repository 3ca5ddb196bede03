/* Wake-ups: who is woken, and that nobody can take a wake-up from another. Where the system has
 * none, that it says so. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "server/bell.h"
#include "tests/unit/tap.h"

#define CLIENTS 200 /* four groups */

static struct bell bell;
static int client[2], lifeline[2]; /* pipes: what else a handler waits for */

/* Whether a wait ends at once, by a wake-up, which is then taken. */
static bool is_woken(int watch)
{
    int ready[BELL_READY];
    int count = bell_wait(watch, 0, NULL, ready);
    bool woken = count > 0;

    for (int i = 0; i < count; i++)
        woken &= ready[i] == -1;
    return woken;
}

/* What a bell shows at once to a new watch is no wake-up. */
static int new_watch(uint32_t slot)
{
    int watch = bell_watch(&bell, slot, client[0], lifeline[0]);

    OK(watch >= 0);
    (void)is_woken(watch);
    OK(!is_woken(watch));
    return watch;
}

static void wakes(void)
{
    int first = new_watch(0), second = new_watch(1), fellow = new_watch(bell.groups);

    bell_ring(&bell);
    OK(is_woken(first) && is_woken(second) && is_woken(fellow));
    OK(!is_woken(first) && !is_woken(second));
    bell_ring_one(&bell, 0);
    OK(is_woken(first) && !is_woken(second) && is_woken(fellow));
    bell_ring(&bell);
    bell_ring(&bell);
    OK(is_woken(first) && !is_woken(first)); /* taken together */
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
    close(watch);
}

/* What the client sends is seen until it is read, and takes no wake-up away. */
static void beside_the_client(void)
{
    int watch = new_watch(3), ready[BELL_READY];

    OK(bell_wait(watch, 1, NULL, ready) == 0);
    OK(write(client[1], "x", 1) == 1);
    for (int i = 0; i < 2; i++)
        OK(bell_wait(watch, -1, NULL, ready) == 1 && ready[0] == client[0]);
    bell_ring(&bell);
    OK(bell_wait(watch, -1, NULL, ready) == 2 && ready[0] + ready[1] == client[0] - 1);
    close(lifeline[1]); /* the parent has ended */
    OK(bell_wait(watch, -1, NULL, ready) == 2);
    OK(ready[0] + ready[1] == client[0] + lifeline[0]);
    close(watch);
}

int main(void)
{
    OK(pipe(client) == 0 && pipe(lifeline) == 0);
    OK(bell_open(&bell, CLIENTS) == 0);
    if (bell.room < 0) {
        OK(bell_watch(&bell, 0, 0, 0) == -1 && errno == ENOSYS);
        bell_ring(&bell);
        bell_ring_one(&bell, 0);
    } else {
        OK(bell.groups == 4);
        wakes();
        cannot_be_taken_away();
        beside_the_client();
    }
    return tap_end();
}
