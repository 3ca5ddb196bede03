/* Repairs the table and its lock. Every handler can write to the table, so the parent compares the
 * table with its own book. A handler can die or stop while it holds the lock, so the parent can
 * take the lock away. */
#ifndef SERVER_PARENT_RECOVERY_H
#define SERVER_PARENT_RECOVERY_H

#include <stddef.h>

#include "server/limits.h"
#include "server/parent/parent.h"

/* Children that ended and were waited for; reaper_close_dead closes their records. */
struct dead {
    uint32_t slot[LIMIT_ACCEPTS];
    int status[LIMIT_ACCEPTS]; /* waitpid(2)'s */
    size_t count;
};

void recovery_add_dead(struct dead *dead, uint32_t slot, int status);

/* Takes the lock away from all handlers: retires the semaphore, and waits until no living handler
 * uses it. A handler that still does after LIMIT_QUIESCE_MS is killed, stopped or not. Handlers
 * that end meanwhile are added to *dead. */
void recovery_take_lock(struct parent *parent, struct dead *dead);
void recovery_give_lock(struct parent *parent);

/* The same after a handler died or stopped at the lock: counts and logs the recovery. */
void recovery_take_stuck_lock(struct parent *parent, struct dead *dead);

/* Looks at a part of the table, and rebuilds the table from the book if it is damaged. */
void recovery_look(struct parent *parent, int64_t now, struct dead *dead);

/* Called at each tick: whether one holder keeps the lock, because it is stopped or never leaves. */
bool recovery_lock_is_stuck(struct parent *parent);

/* Sleeps a moment, to let a handler end. */
void recovery_pause_ms(long ms);

#endif
