/* The table read from outside, or by anybody inside: without its lock, and writing nothing. What
 * comes out of it is data to check, since a handler may have damaged the table. */
#ifndef SHM_TABLE_VIEW_H
#define SHM_TABLE_VIEW_H

#include "shm/table/types.h"

/* For another process: maps a room's table read-only. Returns 0, or -1 with errno: ENOENT if there
 * is no such room, EBADMSG if the object is no table of this layout. */
int view_open(struct table *table, const char *room);
void view_close(struct table *table);

/* For another process: whether the daemon that made the table lives. The system tells, not the
 * table. */
bool view_is_alive(const struct table *table);

/* Copies the path of the runtime directory. Returns false if the table holds no path. */
bool view_runtime(const struct table *table, char path[TABLE_RUNTIME]);

/* Copies the words for what could not be confined. Returns false if there are none. */
bool view_missing(const struct table *table, char words[TABLE_MISSING]);

/* Slots, top and limit are bounded by what is mapped. */
struct table_about view_about(const struct table *table);
struct counters view_counters(const struct table *table);
struct totals view_totals(const struct table *table);

/* Reads the record of a slot below view_about's `slots`. READ_TORN: the record changed at every
 * attempt, or cannot be a record. */
enum view_state { READ_FREE, READ_PRESENT, READ_TORN };
enum view_state view_read(const struct table *table, uint32_t slot, struct record *record);

/* ---- the lock, to check it, or to read what belongs together */

struct view_lock {
    uint64_t entries; /* how often the lock was taken */
    uint32_t epoch;
    int free; /* the value of the semaphore in force: 1 while nobody is inside, else 0 */
};
struct view_lock view_lock(const struct table *table);

/* Whether nobody was inside from the first look at the lock to the second: what was read in between
 * belongs together. */
bool view_was_free(const struct view_lock *first, const struct view_lock *second);

/* The epoch under which a slot's handler is at the lock, or 0. */
uint32_t view_at_lock(const struct table *table, uint32_t slot);

#endif
