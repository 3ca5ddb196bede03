/* Wake-ups. What is said lies in the table (shm/table/talk.h); a handler whose client has joined
 * sleeps until it is woken to read there.
 *
 * Before it forks anybody, the parent makes one bell for the whole room, and one for each group of
 * slots. Each is an eventfd(2), which every handler that joined watches edge-triggered (epoll(7)):
 * one write to the room's bell wakes all of them, one to a group's bell wakes a handful. Nothing
 * has a name in the file system, nothing can be full, and nobody drains a bell, so no wake-up is
 * lost, whatever order these steps take:
 *
 *   writer: adds a line to the table, then writes to the bell;
 *   reader: takes the edge, then looks at the table, reads, and sleeps.
 *
 * The wait itself takes the edge, in one system call (bell_wait), together with what else the
 * handler waits for; whatever else was ready, a look at the table comes before the next wait. A
 * write before the reader takes the edge comes after its line was added, so the look finds that
 * line. A write after that is a new edge, which ends the next wait. tests/model/bell.pml is a model
 * of this. A bell counts by semaphore, and each write adds more than any reader can take away, so a
 * handler that was taken over cannot make others deaf by reading from it.
 *
 * A system without these has no bells: there a handler that joined looks at the table every
 * LIMIT_LOOK_MS. */
#ifndef SERVER_BELL_H
#define SERVER_BELL_H

#include <signal.h>
#include <stdint.h>

#define BELL_GROUPS 16 /* at most; more descriptors would make every fork slower */

struct bell {
    int room;               /* -1: this system has no bells */
    int group[BELL_GROUPS]; /* of slot number modulo `groups`; those from `groups` on are -1 */
    uint32_t groups;
};

/* Makes the bells of a room for so many clients. Returns 0, or -1 with errno. */
int bell_open(struct bell *bell, uint32_t clients);

/* Wakes all handlers that joined; or the handler of one slot, and with it its group. */
void bell_ring(const struct bell *bell);
void bell_ring_one(const struct bell *bell, uint32_t slot);

/* A handler: returns a descriptor, the caller's, to wait for the slot's wake-ups, and until one of
 * two other descriptors can be read; -1 with errno: ENOSYS where there are no bells. */
int bell_watch(const struct bell *bell, uint32_t slot, int one, int other);

/* Waits for at most `ms` (-1: for ever), with only `signals` blocked. Returns how many of `ready`
 * it has set, to those descriptors or to -1 for a wake-up, which is taken; 0 when the time is over;
 * -1 with errno. */
#define BELL_READY 4
int bell_wait(int watch, int ms, const sigset_t *signals, int ready[BELL_READY]);

#endif
