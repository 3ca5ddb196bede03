/* A handler's own slot. A handler is a child of the process that made the table, and keeps a record
 * of its session for itself (`me`), which the functions here publish. */
#ifndef SHM_TABLE_SLOT_H
#define SHM_TABLE_SLOT_H

#include "shm/table/types.h"

/* Puts the session into the table, where everybody who asks sees it. Takes the lock. Returns 0, or
 * -1 with errno. */
int slot_enter(struct slot *mine, const struct record *me);

/* Tells those who joined that the session came; without this they do not hear either that it goes.
 * Takes the lock if anybody joined. Returns 0, or -1 with errno. */
int slot_announce(struct slot *mine, struct record *me);

/* Publishes the record, without the lock. Name and hand in the table stay as they are: they change
 * in names.c alone. */
void slot_update(struct slot *mine, const struct record *me);

/* Takes the session out of the table, adds it to the history, and tells those who joined if
 * its arrival was announced. Corrects name and hand in `me`. Takes the lock. Returns 0, or -1 with
 * errno; the parent then closes the record when the handler has ended. */
int slot_leave(struct slot *mine, struct record *me, enum left_why why);

/* The beginning of a record. */
struct slot_brief {
    uint64_t serial;
    char name[NAME_SIZE];
    int64_t connected;
};

/* Lists all sessions that are present at one moment, by slot. Takes the lock. *list is the caller's
 * to free. Returns 0, or -1 with errno. */
int slot_list(struct slot *mine, struct slot_brief **list, size_t *count);

/* ---- kicks (registry_kick) */

/* Whether this session is to end. */
bool slot_is_kicked(const struct slot *mine);

/* Copies the reason of the last kick at a slot. */
void slot_reason(const struct table *table, uint32_t slot, char reason[TABLE_REASON]);

/* Whether the operator kicked an earlier session, and which slot holds the reason, until another
 * session at that slot is kicked. A session that the client itself replaced (REASON_BACK) does not
 * count. */
bool slot_was_kicked(const struct table *table, uint64_t serial, uint32_t *slot);

/* Whether no session has asked this with this text before: of what the log is to be told once. (Of
 * a few texts it may be told again.) */
bool slot_tells_first(const struct slot *mine, const char *text);

/* ---- counters */

void table_count_refused(struct table *table, enum refused_why why);
void table_count_slowed(struct table *table);

#endif
