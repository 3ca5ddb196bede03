/* The table's history: the latest ended sessions, and the latest hand-outs and hand-ins. */
#ifndef SHM_TABLE_HISTORY_H
#define SHM_TABLE_HISTORY_H

#include "shm/table/types.h"

/* A handler: adds a transfer. Takes the lock. Returns 0, or -1 with errno. */
int history_note(struct slot *mine, const struct transfer *transfer);

/* The lock's holder: adds a session that ends now, and counts why. Adding it twice does nothing. */
void history_add_ended(struct table *table, const struct record *record, enum left_why why);

/* The parent, before there are handlers: adds what an earlier daemon knew. */
void history_refill_ended(struct table *table, const struct ended *ended);
void history_refill_transfer(struct table *table, const struct transfer *transfer);

/* Anybody, without the lock: copies the entries that are kept, oldest first. *list is the caller's
 * to free. Returns 0, or -1 with errno. */
int history_sessions(const struct table *table, struct ended **list, size_t *count);
int history_transfers(const struct table *table, struct transfer **list, size_t *count);

#endif
