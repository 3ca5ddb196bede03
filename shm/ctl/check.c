#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "shm/ctl/limits.h"
#include "shm/table/history.h"
#include "shm/table/view.h"

struct look {
    const struct table *table;
    check_say *say; /* NULL: problems are only counted */
    void *context;
    int problems;
    uint64_t *serials; /* of all sessions in the table, present and ended */
    size_t count;
};

static void problem(struct look *look, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void problem(struct look *look, const char *format, ...)
{
    char text[160];
    va_list arguments;

    look->problems++;
    if (look->say == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    look->say(look->context, text);
}

/* The lock must be free, or the `at` word of a handler must be set. */
static void look_at_lock(struct look *look)
{
    struct view_lock lock = view_lock(look->table);
    uint32_t slots = view_about(look->table).slots;
    int at_lock = 0;

    if (lock.epoch == 0)
        problem(look, "the lock has no epoch");
    if (lock.free < 0 || lock.free > 1)
        problem(look, "the lock's semaphore is %d", lock.free);
    for (uint32_t i = 0; i < slots; i++) {
        uint32_t at = view_at_lock(look->table, i);

        at_lock += at != 0;
        if (at > lock.epoch)
            problem(look, "slot %" PRIu32 " is at the lock's epoch %" PRIu32 " of %" PRIu32, i + 1,
                    at, lock.epoch);
    }
    if (lock.free == 0 && at_lock == 0)
        problem(look, "the lock is taken, but no process holds it");
}

static void look_at_slots(struct look *look)
{
    struct table_about about = view_about(look->table);

    for (uint32_t i = 0; i < about.slots; i++) {
        struct record record;
        enum view_state found = view_read(look->table, i, &record);

        if (found == READ_TORN)
            problem(look, "slot %" PRIu32 " holds an invalid record", i + 1);
        if (found != READ_PRESENT)
            continue;
        look->serials[look->count++] = record.serial;
        if (i >= about.top)
            problem(look, "slot %" PRIu32 " is in use, above the highest slot in use", i + 1);
        if (record.connected <= 0 || record.connected_ns <= 0 ||
            record.active_ns < record.connected_ns)
            problem(look, "slot %" PRIu32 " has impossible times", i + 1);
        if (record.peer.family != 0 && record.peer.family != 4 && record.peer.family != 6)
            problem(look, "slot %" PRIu32 " has an impossible address", i + 1);
    }
}

static int look_at_ended(struct look *look)
{
    struct ended *list;
    size_t count;

    if (history_sessions(look->table, &list, &count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        look->serials[look->count++] = list[i].serial;
        if (list[i].name[0] == '\0' || list[i].why >= LEFT_REASONS || list[i].lasted_ns < 0)
            problem(look, "entry %zu of the history cannot be a session", i + 1);
    }
    free(list);
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

/* Every session was accepted, and is in the table only once. */
static void look_at_serials(struct look *look)
{
    uint64_t accepted = view_about(look->table).earlier + view_counters(look->table).accepted;

    qsort(look->serials, look->count, sizeof look->serials[0], by_number);
    for (size_t i = 0; i < look->count; i++) {
        if (look->serials[i] == 0 || look->serials[i] > accepted)
            problem(look, "session %" PRIu64 " of %" PRIu64 " was never accepted", look->serials[i],
                    accepted);
        if (i > 0 && look->serials[i] == look->serials[i - 1])
            problem(look, "session %" PRIu64 " is in the table twice", look->serials[i]);
    }
}

static int look_once(struct look *look)
{
    look->problems = 0;
    look->count = 0;
    look_at_lock(look);
    look_at_slots(look);
    if (look_at_ended(look) != 0)
        return -1;
    look_at_serials(look);
    return look->problems;
}

int check_table(const struct table *table, int patience_ms, check_say *say, void *context)
{
    struct look look = {.table = table};
    int found;

    look.serials = calloc(view_about(table).slots + HISTORY_ENDED, sizeof(uint64_t));
    if (look.serials == NULL)
        return -1;
    found = look_once(&look);
    for (int waited = 0; found > 0 && waited < patience_ms; waited += CHECK_PAUSE_MS) {
        nanosleep(&(struct timespec){.tv_nsec = CHECK_PAUSE_MS * 1000000L}, NULL);
        found = look_once(&look);
    }
    if (found > 0) { /* once more, to say what is wrong */
        look.say = say;
        look.context = context;
        found = look_once(&look);
    }
    free(look.serials);
    return found;
}
