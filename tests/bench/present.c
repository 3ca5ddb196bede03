/* present COUNT: how long a handler takes to list the sessions of a table that it sees for the
 * first time and that has COUNT of them. Prints "MEDIAN LONGEST" in microseconds; the lock is held
 * for a part of that. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "shm/table/registry.h"
#include "shm/table/slot.h"

#define TURNS 21

static int by_size(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static int64_t list(struct table *table, size_t wanted)
{
    struct slot_brief *present;
    int64_t start = clock_now();
    size_t count;

    if (slot_list(&(struct slot){.table = table, .number = 0}, &present, &count) != 0 ||
        count != wanted)
        _exit(1);
    return clock_now() - start;
}

int main(int argc, char **argv)
{
    uint32_t count = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    struct table table;
    int64_t took[TURNS];
    char room[32];
    int result[2], failed = 0;

    (void)snprintf(room, sizeof room, "bench.%ld", (long)getpid());
    if (count < 1 || pipe(result) != 0 || registry_create(&table, room, count) != 0) {
        perror("present");
        return 2;
    }
    registry_set_top(&table, count);
    for (uint32_t i = 0; i < count; i++) {
        struct record record = {.serial = i + 1, .connected = 1};

        protocol_client_name(record.name, i + 1);
        failed |= slot_enter(&(struct slot){.table = &table, .number = i}, &record) != 0;
    }
    for (int i = 0; i < TURNS && !failed; i++) {
        if (fork() == 0) {
            took[i] = list(&table, count);
            _exit(write(result[1], &took[i], sizeof took[i]) == sizeof took[i] ? 0 : 1);
        }
        failed = wait(NULL) < 0 || read(result[0], &took[i], sizeof took[i]) != sizeof took[i];
    }
    registry_destroy(&table);
    if (failed)
        return 1;
    qsort(took, TURNS, sizeof took[0], by_size);
    printf("%.0f %.0f\n", (double)took[TURNS / 2] / 1e3, (double)took[TURNS - 1] / 1e3);
    return 0;
}
