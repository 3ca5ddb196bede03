/* The table's health. Every handler can write to the table, so the parent compares it with its own
 * book; and a handler can die or stop with the lock, so the parent can take the lock away. */
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

/* Takes the lock away from every handler: retires the semaphore, and waits until no living handler
 * is at it. A handler that does not leave within LIMIT_QUIESCE_MS is killed, which a stopped one
 * cannot refuse. Those that end meanwhile are added to *dead. */
void recovery_take_lock(struct parent *parent, struct dead *dead);
void recovery_give_lock(struct parent *parent);

/* The same, where a handler died or stopped at the lock: it is counted and logged. */
void recovery_take_stuck_lock(struct parent *parent, struct dead *dead);

/* Looks at a part of the table, and rebuilds the table from the book if it is damaged. */
void recovery_look(struct parent *parent, int64_t now, struct dead *dead);

/* At each tick: whether the lock stays taken, as a handler that is stopped, or never leaves, shows.
 */
bool recovery_lock_is_stuck(struct parent *parent);

/* Sleeps; for the moment in which a handler ends. */
void recovery_pause_ms(long ms);

#endif
