/* The table's lock: process-shared, and recoverable when its holder dies. It has two semaphores
 * that are used in turn, an epoch that says which is in force, and for each handler an `at` word
 * that says under which epoch the handler is at the lock (waiting or inside). Only the parent
 * recovers the lock. tests/model/lock.pml is its model. */
#ifndef SHM_TABLE_LOCK_H
#define SHM_TABLE_LOCK_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lock {
    sem_t sem[2];
    _Atomic uint32_t epoch; /* sem[epoch & 1] is in force; 0: none is, while the parent recovers */
    _Atomic uint64_t entries; /* how often the lock was taken: does not change while it is held */
    _Atomic uint64_t waits;   /* how often a handler had to wait */
};

/* A handler's word: 0, or the epoch under which the handler is at the lock. */
typedef _Atomic uint32_t lock_at;

/* Sets up a free lock in zeroed shared memory. Returns 0, or -1 with errno. */
int lock_init(struct lock *lock);

/* ---- a handler */

/* Takes the lock; `parent` is the handler's parent. Returns 0, or -1 with errno: ETIMEDOUT after
 * LOCK_PATIENCE_MS, ESRCH if the parent has died, because nobody would recover the lock. */
int lock_enter(struct lock *lock, lock_at *at, pid_t parent);
void lock_leave(struct lock *lock, lock_at *at);
#define LOCK_PATIENCE_MS 5000

/* ---- the parent: does not take the semaphore like a handler, because nobody would recover the
 * lock from it, and because a hostile handler can change a semaphore in shared memory. It retires
 * the semaphore in force, changes the table, and puts a new semaphore in force, at which no handler
 * can be yet. The epoch is moved by the parent alone, which keeps its own copy. */

/* Waits until nobody is inside, for up to LOCK_POLITE_MS; returns false if somebody still is. Then
 * the semaphore is taken, and lock_retire follows. */
bool lock_await(struct lock *lock, uint32_t epoch);
#define LOCK_POLITE_MS 300

/* Retires the semaphore in force. Nobody may touch the table before lock_straggler has returned
 * false for every handler that lives. */
void lock_retire(struct lock *lock);

/* Whether a handler is still at the lock under the retired epoch. */
bool lock_straggler(const lock_at *at, uint32_t retired);

/* The epoch after this one; and lets the handlers in again, under that epoch. */
uint32_t lock_next(uint32_t epoch);
void lock_give(struct lock *lock, uint32_t epoch);

/* To be called at intervals: whether one holder has kept the lock since the last call. *seen
 * belongs to the caller, keeps state between calls, and is 0 at first. */
bool lock_is_stuck(struct lock *lock, uint32_t epoch, uint64_t *seen);

/* Whether the lock is in this epoch, and taken by one holder at most. */
bool lock_is_sound(struct lock *lock, uint32_t epoch);

#endif
