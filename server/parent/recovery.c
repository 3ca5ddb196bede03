#define _POSIX_C_SOURCE 200809L

#include "server/parent/recovery.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "server/events.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/protocol.h"
#include "shm/table/lock.h"
#include "shm/table/registry.h"
#include "shm/table/types.h"

void recovery_add_dead(struct dead *dead, uint32_t slot, int status)
{
    dead->slot[dead->count] = slot;
    dead->status[dead->count++] = status;
}

static bool is_dead(const struct dead *dead, uint32_t slot)
{
    for (size_t i = 0; i < dead->count; i++)
        if (dead->slot[i] == slot)
            return true;
    return false;
}

void recovery_pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

void recovery_take_lock(struct parent *parent, struct dead *dead)
{
    struct slots *slots = &parent->slots;
    uint32_t retired = parent->epoch;
    int64_t grace = clock_now() + LIMIT_QUIESCE_MS * CLOCK_MS;

    lock_retire(registry_lock(parent->table));
    parent->epoch = lock_next(retired);
    for (uint32_t i = 0; i < slots->top; i++) {
        if (slots->entry[i].pid == 0)
            continue;
        while (!is_dead(dead, i) && lock_straggler(registry_at(parent->table, i), retired)) {
            int status;

            if (clock_now() > grace)
                kill(slots->entry[i].pid, SIGKILL);
            if (dead->count < LIMIT_ACCEPTS && waitpid(slots->entry[i].pid, &status, WNOHANG) > 0) {
                recovery_add_dead(dead, i, status);
            } else if (dead->count == LIMIT_ACCEPTS && clock_now() > grace) {
                break; /* the handler was killed, and is reaped in the next turn */
            } else {
                recovery_pause_ms(1);
            }
        }
    }
}

void recovery_give_lock(struct parent *parent)
{
    lock_give(registry_lock(parent->table), parent->epoch);
}

void recovery_take_stuck_lock(struct parent *parent, struct dead *dead)
{
    recovery_take_lock(parent, dead);
    registry_count_recovered(parent->table);
    event_lock_recovered();
}

/* ---- the table, which every handler can write to */

/* A handler that leaves ends at once. So if a live handler has no record, another handler erased
 * the record after the parent had rebuilt it. */
static bool has_vanished(const struct slot_entry *entry)
{
    return entry->pid != 0 && entry->gone != 0 &&
           clock_now() - entry->gone > LIMIT_GONE_MS * CLOCK_MS;
}

static void note_presence(struct parent *parent, uint32_t slot, int64_t now)
{
    struct slot_entry *entry = &parent->slots.entry[slot];

    if (!registry_slot_is_empty(parent->table, slot)) {
        entry->present = true;
        entry->gone = 0;
    } else if (entry->present && entry->gone == 0) {
        entry->gone = now;
    }
}

static bool slot_is_sound(struct parent *parent, uint32_t slot)
{
    const struct slot_entry *entry = &parent->slots.entry[slot];

    return !has_vanished(entry) &&
           registry_slot_is_sound(parent->table, slot, entry->pid != 0 ? entry->serial : 0);
}

/* The fields that the parent knows; the handler writes the others with its next reply. */
static void restore_slot(struct parent *parent, uint32_t slot)
{
    const struct slot_entry *entry = &parent->slots.entry[slot];
    struct record record = {0};

    if (entry->pid != 0) {
        record.serial = entry->serial;
        record.peer = entry->peer;
        record.via = entry->via;
        record.connected = entry->connected;
        record.connected_ns = record.active_ns =
            clock_now() - (time(NULL) - entry->connected) * 1000 * CLOCK_MS;
        protocol_client_name(record.name, slot + 1);
    }
    registry_restore_slot(parent->table, slot, &record);
    parent->slots.entry[slot].gone = 0;
}

/* If the header is damaged, records of present clients may be erased, too. */
static void restore_table(struct parent *parent, struct dead *dead)
{
    struct table *table = parent->table;
    bool all = !registry_is_sound(table);

    registry_restore(table, parent->serial);
    recovery_take_stuck_lock(parent, dead);
    for (uint32_t i = 0; i < parent->slots.size; i++)
        if (!slot_is_sound(parent, i) ||
            (all && parent->slots.entry[i].present && registry_slot_is_empty(table, i)))
            restore_slot(parent, i);
    registry_set_top(table, parent->slots.top);
    recovery_give_lock(parent);
    parent->lock_stuck = 0;
}

void recovery_look(struct parent *parent, int64_t now, struct dead *dead)
{
    uint32_t some = parent->slots.top / LIMIT_LOOK_TICKS + 1;
    bool sound = registry_is_sound(parent->table) &&
                 lock_is_sound(registry_lock(parent->table), parent->epoch);

    for (; sound && some > 0 && parent->slots.top > 0; some--) {
        parent->look_next = (parent->look_next + 1) % parent->slots.top;
        sound = slot_is_sound(parent, parent->look_next);
        if (sound)
            note_presence(parent, parent->look_next, now);
    }
    if (!sound) {
        restore_table(parent, dead);
        parent->damages++;
    }
    if (parent->damages > 0 && now - parent->damage_logged >= 1000 * CLOCK_MS) {
        event_table_rebuilt(parent->damages);
        parent->damage_logged = now;
        parent->damages = 0;
    }
}

bool recovery_lock_is_stuck(struct parent *parent)
{
    if (!lock_is_stuck(registry_lock(parent->table), parent->epoch, &parent->lock_seen))
        parent->lock_stuck = 0;
    else if (++parent->lock_stuck == LIMIT_LOCK_TICKS) {
        parent->lock_stuck = 0;
        return true;
    }
    return false;
}
