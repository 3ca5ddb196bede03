#define _POSIX_C_SOURCE 200809L

#include "shm/table/lock.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define NAP_MS  1   /* between two looks while the parent recovers the lock */
#define LOOKS   200 /* at the semaphore, before the wait: whoever is inside does a few stores */
#define WAIT_MS 20  /* at the semaphore, before a look at the epoch and the parent */

int lock_init(struct lock *lock)
{
    if (sem_init(&lock->sem[1], 1, 1) != 0)
        return -1;
    atomic_store(&lock->epoch, 1);
    return 0;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000L}, NULL);
}

static int wait_a_while(sem_t *sem)
{
    struct timespec until;

    /* sem_timedwait knows the wall clock alone; if that is set back meanwhile, this sleeps longer
     */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    return sem_timedwait(sem, &until);
}

/* The order of the steps is that of tests/model/lock.pml, and matters, because a handler may be
 * killed between any two. `at` is set before the epoch is read again, and the parent moves the
 * epoch before it reads `at`, so one of the two always sees the other (both are sequentially
 * consistent). */
int lock_enter(struct lock *lock, lock_at *at, pid_t parent)
{
    for (int waited = 0; waited < LOCK_PATIENCE_MS;) {
        uint32_t epoch = atomic_load(&lock->epoch);
        sem_t *sem = &lock->sem[epoch & 1];

        waited += epoch != 0 ? WAIT_MS : NAP_MS;
        if (epoch == 0)
            nap();
        atomic_store(at, epoch);
        if (epoch != 0 && atomic_load(&lock->epoch) == epoch) {
            bool got = false;

            for (int looks = 0; !got && looks < LOOKS; looks++)
                got = sem_trywait(sem) == 0;
            if (!got) {
                atomic_fetch_add_explicit(&lock->waits, 1, memory_order_relaxed);
                got = wait_a_while(sem) == 0;
            }
            if (got && atomic_load(&lock->epoch) == epoch) {
                atomic_fetch_add(&lock->entries, 1);
                return 0;
            }
            /* not taken, or taken from a semaphore that was retired meanwhile */
        }
        atomic_store(at, 0);
        if (getppid() != parent) {
            errno = ESRCH;
            return -1;
        }
    }
    errno = ETIMEDOUT;
    return -1;
}

void lock_leave(struct lock *lock, lock_at *at)
{
    /* `at` tells which semaphore was taken, even if that one has been retired since */
    sem_post(&lock->sem[atomic_load(at) & 1]);
    atomic_store(at, 0);
}

bool lock_await(struct lock *lock, uint32_t epoch)
{
    for (int waited = 0; waited < LOCK_POLITE_MS; waited += NAP_MS) {
        if (sem_trywait(&lock->sem[epoch & 1]) == 0)
            return true;
        nap();
    }
    return false;
}

void lock_retire(struct lock *lock)
{
    atomic_store(&lock->epoch, 0);
}

bool lock_straggler(const lock_at *at, uint32_t retired)
{
    return atomic_load(at) == retired;
}

uint32_t lock_next(uint32_t epoch)
{
    return epoch + 1 != 0 ? epoch + 1 : 2; /* never 0, and the parity alternates */
}

void lock_give(struct lock *lock, uint32_t epoch)
{
    sem_init(&lock->sem[epoch & 1], 1, 1);
    atomic_store(&lock->epoch, epoch);
}

bool lock_is_stuck(struct lock *lock, uint32_t epoch, uint64_t *seen)
{
    uint64_t entries = atomic_load(&lock->entries);
    int value = 1;
    bool stuck;

    sem_getvalue(&lock->sem[epoch & 1], &value);
    stuck = value == 0 && entries == *seen;
    *seen = entries;
    return stuck;
}

bool lock_is_sound(struct lock *lock, uint32_t epoch)
{
    int value = -1;

    return atomic_load(&lock->epoch) == epoch && sem_getvalue(&lock->sem[epoch & 1], &value) == 0 &&
           value >= 0 && value <= 1;
}
