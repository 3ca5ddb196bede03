/* The registry's lock: a process-shared semaphore that outlives the death of its holder. Two
 * semaphores used in turn, an epoch that says which is in force, and for each handler an `at` word
 * that says under which epoch it is at the lock. Only the parent recovers. */
#ifndef SHM_TABLE_LOCK_H
#define SHM_TABLE_LOCK_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lock {
    sem_t sem[2];
    _Atomic uint32_t epoch;   /* sem[epoch & 1] is in force; 0: none is, the parent is at work */
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

/* The parent, which alone moves the epoch and keeps it for itself, does not take the semaphore like
 * a handler: nobody would recover it, and what it believed of a semaphore in shared memory, or did
 * with it, a hostile handler could turn against it. It retires the one in force, and puts a new one
 * in force when it is done, at which nobody can be yet. */

/* Waits until nobody is inside, for up to LOCK_POLITE_MS, so that nobody has to be driven out. */
bool lock_await(struct lock *lock, uint32_t epoch);
#define LOCK_POLITE_MS 300

/* Retires the semaphore in force. Nobody may touch the table before lock_straggler has said no for
 * every living handler. */
void lock_retire(struct lock *lock);

/* Whether this handler is still at the lock under the retired epoch. */
bool lock_straggler(const lock_at *at, uint32_t retired);

/* The epoch after this one, and lets the handlers in again under it. */
uint32_t lock_next(uint32_t epoch);
void lock_give(struct lock *lock, uint32_t epoch);

/* Called at intervals: whether one holder has kept the lock between this call and the last one;
 * *seen is the caller's memory, at first 0. */
bool lock_is_stuck(struct lock *lock, uint32_t epoch, uint64_t *seen);

/* Whether the lock is in this epoch, and taken at most once. */
bool lock_is_sound(struct lock *lock, uint32_t epoch);

#endif
