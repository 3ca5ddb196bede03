/* The lines in the table's two rings; the layer below speaking (talk.h, names.h) and hearing
 * (hear.h). The caller that adds a line holds the table's lock.
 *
 * A ring has a place for each of its last MESSAGES_KEPT lines, which holds the line's head and a
 * short text. Long texts follow each other in MESSAGES_BYTES bytes, where new ones overwrite the
 * oldest. A reader copies first and asks afterwards whether the line was there all the time:
 * whoever overwrites has said so before, by the count of lines or by that of bytes. */
#ifndef SHM_TABLE_MESSAGES_H
#define SHM_TABLE_MESSAGES_H

#include "shm/table/types.h"

/* ---- listeners: a bit for each slot, so that a line without listeners is not written */

bool messages_are_heard(const struct table *table);
void messages_set_joined(struct table *table, uint32_t slot, bool joined);

/* Notes in the table how much the session has heard, so that others see whether it is slow. */
void messages_set_heard(const struct slot *mine);

/* The slot stops hearing. */
void messages_leave(struct table *table, uint32_t slot);

/* ---- reading */

/* How many lines were ever added to a ring. */
uint64_t messages_added(const struct table *table, enum message_ring ring);

/* Under the lock: how many of these are open. */
uint64_t messages_open(const struct table *table, enum message_ring ring);

/* The head of line `number`, which may have been overwritten; messages_are_kept tells afterwards.
 */
struct message_head messages_head(const struct table *table, enum message_ring ring,
                                  uint64_t number);

/* Reads the text of a line whose head the caller has read. In a damaged table (the text cannot be
 * where the head says) the kind becomes MESSAGE_KINDS. */
void messages_text(const struct table *table, enum message_ring ring, uint64_t number,
                   struct message *line);

/* Whether the head of line `number` is there, and nobody can be overwriting it; and the same for
 * the text of a line with this head. */
bool messages_are_kept(const struct table *table, enum message_ring ring, uint64_t number);
bool messages_text_is_kept(const struct table *table, enum message_ring ring,
                           const struct message_head *head);

/* The first line from `number` on whose text is among the newest `share` bytes of long texts.
 * Returns how many lines were added if there is none. */
uint64_t messages_find_text(const struct table *table, enum message_ring ring, uint64_t number,
                            uint64_t share);

/* ---- adding, under the lock; a text is cut to MESSAGE_TEXT bytes */

/* Adds an open line. keep: adds it even if nobody hears it now. `own`: written by that session,
 * which does not hear it; `about`: about another session, or (serial 0) about none. */
void messages_add_own(struct slot *mine, enum message_kind kind, const struct record *me,
                      const char *text, bool keep);
void messages_add_about(struct table *table, enum message_kind kind, const struct record *about,
                        const char *text, bool keep);

/* Adds a private line for session `to` at a slot. */
void messages_add_told(struct table *table, const struct record *me, uint32_t slot, uint64_t to,
                       const char *text);

/* Adds the line that a session came or went; only once, even if a handler died after adding it. */
void messages_add_presence(struct table *table, enum message_kind kind, const struct record *about);

#endif
