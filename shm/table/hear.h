/* A handler hears: the lines for its session are read from the table's two rings as one sequence,
 * each reader at its own pace. A reader that is too slow loses the oldest lines, and learns how
 * many of them were for it; nobody waits for a reader. */
#ifndef SHM_TABLE_HEAR_H
#define SHM_TABLE_HEAR_H

#include "shm/table/types.h"

/* From now on the session is woken for new lines and reads them, and before them the last `earlier`
 * lines that were said (at most MESSAGES_EARLIER). Takes the lock. Returns 0, or -1 with errno. */
int hear_join(struct slot *mine, size_t earlier);
void hear_leave(struct slot *mine);

/* Notes what there is to read. A line that is added later sends a wake-up again, and is read after
 * the next look, so that reading ends however fast others speak. */
void hear_look(struct slot *mine);

/* Reads the next line for this session, of those that the last look has noted. Returns false if
 * there is none. *earlier: the line was said before the session joined. A line that is damaged has
 * the kind MESSAGE_KINDS. reader.lost may have grown in either case. */
bool hear_next(struct slot *mine, struct message *line, bool *earlier);

/* Whether the rings have lines that were not read. */
bool hear_pending(const struct slot *mine);

/* What was read has been sent to the client: until this is called, others may take it for slow. */
void hear_sent(struct slot *mine);

#endif
