#define _POSIX_C_SOURCE 200809L

#include "server/parent/reaper.h"

#include <string.h>
#include <sys/wait.h>

#include "server/events.h"
#include "server/limits.h"
#include "server/wire/protocol.h"
#include "shm/table/lock.h"
#include "shm/table/registry.h"
#include "shm/table/types.h"
#include "shm/table/view.h"

/* Reaping by a hint in the table costs one call. waitpid(-1) walks all children, which with
 * thousands of them takes longer than a session. A false hint costs a few more calls. */
static void collect_leaving(struct parent *parent, struct dead *dead)
{
    uint32_t slot = parent->leaving_next;

    for (int tries = 0; tries < 2 * LIMIT_ACCEPTS && dead->count < LIMIT_ACCEPTS; tries++) {
        int status;

        slot = registry_next_leaving(parent->table, slot);
        if (slot >= parent->slots.top) {
            slot = 0;
            break;
        }
        if (parent->slots.entry[slot].pid == 0)
            registry_clear_leaving(parent->table, slot);
        else if (waitpid(parent->slots.entry[slot].pid, &status, WNOHANG) > 0)
            recovery_add_dead(dead, slot, status);
        slot++;
    }
    parent->leaving_next = slot;
}

static void collect_all(struct parent *parent, struct dead *dead)
{
    while (dead->count < LIMIT_ACCEPTS) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        uint32_t slot;

        if (pid <= 0)
            return;
        recorder_reaped(&parent->recorder, pid);
        if (pid == parent->successor.pid)
            successor_reaped(&parent->successor, status);
        slot = slots_find(&parent->slots, pid);
        if (slot != SLOTS_NONE)
            recovery_add_dead(dead, slot, status);
        else
            visits_reaped(&parent->visits, pid);
    }
}

/* The client's name, or the slot's default name if the record is not credible. */
static void find_name(const struct parent *parent, uint32_t slot, char name[NAME_SIZE])
{
    struct record record;

    if (view_read(parent->table, slot, &record) == READ_PRESENT &&
        record.serial == parent->slots.entry[slot].serial && protocol_name_valid(record.name))
        memcpy(name, record.name, sizeof record.name);
    else
        protocol_client_name(name, slot + 1);
}

/* Takes the lock if a record is to be closed. Returns whether it did. */
static bool lock_for(struct parent *parent, struct dead *dead, bool at_lock, bool unclosed)
{
    if (at_lock || (unclosed && !lock_await(registry_lock(parent->table), parent->epoch)))
        recovery_take_stuck_lock(parent, dead);
    else if (unclosed)
        recovery_take_lock(parent, dead);
    return at_lock || unclosed;
}

/* Frees the slot of a child; with the lock (locked) also closes its record. */
static void close_one(struct parent *parent, uint32_t slot, int status, bool locked)
{
    const struct slot_entry *entry = &parent->slots.entry[slot];
    bool closed = registry_slot_is_empty(parent->table, slot);
    char name[NAME_SIZE];

    if (!closed)
        find_name(parent, slot, name);
    if (locked)
        registry_close_record(parent->table, slot, entry->serial);
    if (!closed) {
        event_died(name, status);
        inbox_forget(parent->inbox, entry->pid);
    }
    if (parent->recorder.channel >= 0)
        recorder_left(&parent->recorder, parent->table, slot, entry->serial,
                      closed               ? LEFT_REASONS
                      : entry->end_by != 0 ? LEFT_KICKED
                                           : LEFT_KILLED,
                      !closed && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (entry->end_by != 0)
        parent->kicked--;
    admission_leave(&parent->admission, entry->entered);
    slots_free(&parent->slots, slot);
    registry_clear_leaving(parent->table, slot);
    registry_count_reaped(parent->table);
    parent->waited_in_vain = false;
}

void reaper_close_dead(struct parent *parent, struct dead *dead, bool stuck)
{
    struct table *table = parent->table;
    bool at_lock = stuck, torn = false, unclosed = false, locked;

    for (size_t i = 0; i < dead->count; i++) {
        at_lock |= atomic_load(registry_at(table, dead->slot[i])) != 0;
        unclosed |= !registry_slot_is_empty(table, dead->slot[i]);
        torn |= dead->status[i] != 0;
    }
    locked = lock_for(parent, dead, at_lock, unclosed);
    for (size_t i = 0; i < dead->count; i++)
        close_one(parent, dead->slot[i], dead->status[i], locked);
    if (locked)
        recovery_give_lock(parent);
    if (unclosed || torn) /* their handlers did not wake everybody */
        bell_ring(parent->bell);
    registry_set_top(table, parent->slots.top);
}

void reaper_run(struct parent *parent, bool all)
{
    struct dead dead;

    do {
        dead.count = 0;
        collect_leaving(parent, &dead);
        if (all)
            collect_all(parent, &dead);
        if (dead.count > 0)
            reaper_close_dead(parent, &dead, false);
    } while (dead.count == LIMIT_ACCEPTS);
}
