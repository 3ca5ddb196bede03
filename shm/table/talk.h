/* Speaking: adds lines to the table, where all sessions that joined read them (shm/table/hear.h).
 * After adding lines, the caller wakes their handlers: with talk_wake, and for a private line by
 * itself (server/bell.h). */
#ifndef SHM_TABLE_TALK_H
#define SHM_TABLE_TALK_H

#include "shm/table/types.h"

/* Whether anybody has joined. If nobody has, nobody need be woken. */
bool talk_is_heard(const struct table *table);

/* Wakes those who joined with `ring` if there are open lines that nobody was woken for. A wake-up
 * costs each of them the same, however many lines it finds; so where many have joined and were
 * woken just now, the next wake-up waits for more lines, unless it has to be `at_once`:
 * TALK_PAUSE_NS for each of them, TALK_PAUSE_MOST_NS at most, and not where that is less than
 * TALK_PAUSE_LEAST_NS. Returns 0; or for how many ns to wait before it is called again. */
typedef void talk_ring(const void *bell);
int64_t talk_wake(struct table *table, int64_t now, bool at_once, talk_ring *ring,
                  const void *bell);
#define TALK_PAUSE_NS       10000
#define TALK_PAUSE_LEAST_NS 1000000
#define TALK_PAUSE_MOST_NS  2000000

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
