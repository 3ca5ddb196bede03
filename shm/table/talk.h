/* Speaking: adds lines to the table, where all sessions that joined read them (shm/table/hear.h).
 * After adding a line, the caller wakes their handlers (server/bell.h). */
#ifndef SHM_TABLE_TALK_H
#define SHM_TABLE_TALK_H

#include "shm/table/types.h"

/* Whether anybody has joined. If nobody has, nobody need be woken. */
bool talk_is_heard(const struct table *table);

/* ---- a handler: both take the lock and correct the name in `me`, which another session may have
 * taken back. They return 0, or -1 with errno. */

/* Says a text to all. If nobody hears it now, it is added only with `keep`, for those who join
 * later. */
int talk_say(struct slot *mine, struct record *me, const char *text, bool keep);

/* Tells a text to session `to` at a slot, if it hears: *ear says whether it does. */
enum talk_ear {
    EAR_GONE, /* no longer at that slot */
    EAR_DEAF, /* has not joined */
    EAR_SLOW, /* MESSAGES_BEHIND lines behind */
    EAR_HEARS,
};
int talk_tell(struct slot *mine, struct record *me, uint32_t slot, uint64_t to, const char *text,
              enum talk_ear *ear);

/* ---- the parent, which holds the lock: adds what the operator says; keep as for talk_say. */
void talk_announce(struct table *table, const char *text, bool keep);

#endif
