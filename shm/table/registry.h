/* The parent's side of the table: who is here, in a POSIX shared-memory object (shm_open(3)) named
 * after the room. The parent gives out the slots, counts, mends, and closes the records of handlers
 * that died; the records belong to the handlers (shm/table/slot.h). */
#ifndef SHM_TABLE_REGISTRY_H
#define SHM_TABLE_REGISTRY_H

#include "shm/table/lock.h"
#include "shm/table/types.h"

/* Makes the room's table, and locks its object for as long as this process lives; a table whose
 * daemon has died is replaced. Returns 0, or -1 with errno: EBUSY if a living daemon has the table,
 * EPERM if the object is another user's. */
int registry_create(struct table *table, const char *room, uint32_t slots);
void registry_destroy(struct table *table);

/* What the table's layout is: programs for which it is the same can use the same table. */
uint64_t registry_layout(void);

/* Maps the table of another program that this process was: table->fd is its object, still open and
 * locked. Returns 0, or -1 with errno: EBADMSG if it is no table of this layout. */
int registry_map(struct table *table);

/* Whether somebody else has removed the object's name. Another daemon may have it now. */
bool registry_is_removed(const struct table *table);

/* Notes the runtime directory in the table, cut to TABLE_RUNTIME - 1 bytes. */
void registry_set_runtime(struct table *table, const char *path);

/* Notes what could not be confined, cut to TABLE_MISSING - 1 bytes. */
void registry_set_missing(struct table *table, const char *words);

/* Notes how many clients are admitted at once, that nobody is admitted any more, and how many wait
 * for a slot. */
void registry_set_limit(struct table *table, uint32_t limit);
void registry_set_draining(struct table *table);
void registry_set_waiting(struct table *table, uint32_t waiting);

/* Notes `top`, which is above every slot in use. */
void registry_set_top(struct table *table, uint32_t top);

void registry_count_accepted(struct table *table);
void registry_count_refused(struct table *table, enum refused_why why);
void registry_count_reaped(struct table *table);
void registry_count_recovered(struct table *table);

void registry_count_unrecorded(struct table *table, uint64_t count);

/* ---- before the first session: what an earlier daemon knew (the journal) */

/* Adds a session that ended, with its reason; a file; refusals. Oldest first. */
void registry_refill_ended(struct table *table, const struct ended *ended);
void registry_refill_transfer(struct table *table, const struct transfer *transfer);

/* So many sessions were there in earlier runs: serials follow them, and counters begin at 0. */
void registry_resume(struct table *table, uint64_t serial);

/* Where the log counts what it could not take. */
struct log_losses *registry_log_losses(struct table *table);

/* The lock, and the `at` word of a slot's handler. */
struct lock *registry_lock(struct table *table);
lock_at *registry_at(struct table *table, uint32_t slot);

/* Tells a session to end, and why (cut between characters to TABLE_REASON - 1 bytes). Its handler
 * must then be woken. */
void registry_kick(struct table *table, uint32_t slot, uint64_t serial, const char *reason);

/* ---- after a handler's end */

/* The first slot from `from` on whose handler says that it leaves, or TABLE_SLOTS. A hint, to be
 * cleared when that handler has ended. */
uint32_t registry_next_leaving(const struct table *table, uint32_t from);
void registry_clear_leaving(struct table *table, uint32_t slot);

/* Whether the handler closed its record itself. */
bool registry_slot_is_empty(const struct table *table, uint32_t slot);

/* Under the lock: closes the record for the handler of this session. Closing twice does nothing. */
void registry_close_record(struct table *table, uint32_t slot, uint64_t serial);

/* ---- damage: the parent trusts no shared byte */

/* Whether the table, apart from its slots, is still as the parent made it; and, under the lock,
 * restores it. `accepted`: the number of sessions so far. */
bool registry_is_sound(const struct table *table);
void registry_restore(struct table *table, uint64_t accepted);

/* Whether a slot is empty or holds the record of session `serial` (0: must be empty); and, under
 * the lock, restores a record. */
bool registry_slot_is_sound(const struct table *table, uint32_t slot, uint64_t serial);
void registry_restore_slot(struct table *table, uint32_t slot, const struct record *record);

#endif
