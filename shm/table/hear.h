/* Hearing: a handler reads the lines for its session from the table's two rings as one sequence, at
 * its own pace. A reader that is too slow loses the oldest lines, and learns how many of them were
 * for its session; nobody waits for a reader. */
#ifndef SHM_TABLE_HEAR_H
#define SHM_TABLE_HEAR_H

#include "shm/table/types.h"

/* From now on the session is woken for new lines and reads them, and before them the last `earlier`
 * lines that were said (at most MESSAGES_EARLIER). Takes the lock. Returns 0, or -1 with errno. */
int hear_join(struct slot *mine, size_t earlier);
void hear_leave(struct slot *mine);

/* A line's number is its order, and `run` names the sequence of orders, which begins anew with each
 * table. */
struct hear_place {
    uint64_t run, order;
    uint64_t replaced; /* the session whose private lines are wanted, too: it was proven that it is
                          the same client's; 0: none's */
};

/* Joins like hear_join, and reads first the lines from a place on that are kept; those that are not
 * kept count as lost, also those for others. If the place is not of this run, like hear_join. */
int hear_resume(struct slot *mine, size_t earlier, const struct hear_place *from);

/* The run, and the order of the next line at the time of the last look. */
struct hear_place hear_place(const struct slot *mine);

/* Notes which lines exist now. A later line sends another wake-up and is read after the next look,
 * so that reading ends however fast others speak. */
void hear_look(struct slot *mine);

/* Reads the next line for this session among those that the last look noted. Returns false if there
 * is none. *earlier: the line was said before the session joined. A damaged line has the kind
 * MESSAGE_KINDS. reader.lost may grow in all cases. */
bool hear_next(struct slot *mine, struct message *line, bool *earlier);

/* Whether the rings have lines that were not read. */
bool hear_pending(const struct slot *mine);

/* To be called when the lines read have been sent to the client. Until then other sessions may see
 * this one as slow. */
void hear_sent(struct slot *mine);

#endif
