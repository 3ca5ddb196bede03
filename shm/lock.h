/* The registry's lock: a process-shared semaphore that outlives the death of its holder. Two
 * semaphores used in turn, an epoch that says which is in force, and for each handler an `at` word
 * that says under which epoch it is at the lock. Only the parent recovers. */
#ifndef SHM_LOCK_H
#define SHM_LOCK_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lock {
    sem_t sem[2];
    _Atomic uint32_t epoch;   /* never 0; sem[epoch & 1] is in force */
    _Atomic uint64_t entries; /* how often it was taken: a holder that stays shows as no change */
    _Atomic uint64_t waits;   /* how often a handler had to wait */
};

/* A handler's word: 0, or the epoch under which it is at the lock. */
typedef _Atomic uint32_t lock_at;

/* Sets up a lock in zeroed shared memory, free. Returns 0, or -1 with errno. */
int lock_init(struct lock *lock);

/* For a handler, whose parent is `parent`. Returns 0 inside; -1 with ETIMEDOUT after
 * LOCK_PATIENCE_MS, with ESRCH when the parent has died (nobody would recover the lock). */
int lock_enter(struct lock *lock, lock_at *at, pid_t parent);
void lock_leave(struct lock *lock, lock_at *at);
#define LOCK_PATIENCE_MS 5000

/* For the parent, which nobody recovers and which therefore never sleeps at the semaphore: takes
 * the lock within LOCK_POLITE_MS, or returns false. */
bool lock_take(struct lock *lock);
#define LOCK_POLITE_MS 300

/* For the parent: retires the semaphore in force. The next one is in force at once, and held by the
 * caller; nobody may touch the table before lock_straggler has said no for every living handler.
 * Returns the epoch that ended. */
uint32_t lock_retire(struct lock *lock);

/* Whether this handler is still at the lock under the retired epoch. */
bool lock_straggler(const lock_at *at, uint32_t retired);

/* For the parent: lets the handlers in again. */
void lock_give(struct lock *lock);

/* For the parent, called at intervals: whether one holder has kept the lock between this call and
 * the last one; *seen is the caller's memory, at first 0. */
bool lock_is_stuck(struct lock *lock, uint64_t *seen);

/* For the parent, which alone moves the epoch: whether the lock is in this one, and taken at most
 * once; and where not, puts it there, taken by nobody or by the caller: lock_retire follows. */
bool lock_is_sound(struct lock *lock, uint32_t epoch);
void lock_restore(struct lock *lock, uint32_t epoch);

#endif
