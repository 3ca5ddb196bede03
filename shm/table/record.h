/* What a slot's memory holds: the record, which its handler writes without the lock, and the title
 * (name and hand), which is written under the lock, because another session may take it over.
 *
 * Both are kept twice, and a sequence number says which copy is valid: a writer fills the other
 * copy and then moves the number on. So a handler that is killed in the middle of an update leaves
 * the last whole record, and a reader needs no lock: it reads again if the number has moved. */
#ifndef SHM_TABLE_RECORD_H
#define SHM_TABLE_RECORD_H

#include "shm/table/layout.h"

/* Writes the record to the slot, without the title. */
void record_publish(struct slot_memory *slot, const struct record *record);

/* Under the lock: empties the slot, and forgets the secret of its name. */
void record_clear(struct slot_memory *slot);

/* Under the lock: copy name and hand from the record to the slot, or from the slot to the record.
 */
void record_set_title(struct slot_memory *slot, const struct record *record);
void record_get_title(const struct slot_memory *slot, struct record *record);

/* Copies the first `count` words of the slot's record, title included. Returns false if the record
 * changed at every attempt. */
bool record_load(const struct slot_memory *slot, void *to, size_t count);

#endif
