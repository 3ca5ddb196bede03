/* The table's lock, as shm/table/lock.c and the parent's recover() and bury() in server/parent/supervisor.c have
 * it: two semaphores used in turn, an epoch that says which is in force, and a word for each handler
 * that says under which epoch it is at the lock. Checked by spin (`make check`): at most one process
 * is inside, every handler ends, and who dies, stops for ever, or is robbed of the lock although it
 * was only slow, takes nobody with it.
 *
 * A handler may die between any two steps, or stop there until it is killed. SIGCONT after a stop is
 * a slow handler, and those are in every interleaving. A timed wait may end at any time. */
#ifndef N
#define N 3 /* handlers */
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef STOPS
#define STOPS 1
#endif
#ifndef MISTAKES
#define MISTAKES 1 /* recoveries although nobody was stuck */
#endif

byte epoch = 1;
byte sem[2];
byte at[N];
bool dead[N], reaped[N], stopped[N], killed[N];
byte inside, over, gone, deaths, stops, mistakes; /* over: ended; gone: reaped too */

#define OUT(was_inside)   if :: was_inside -> inside-- :: else fi
#define FATE(was_inside)                                                                           \
    if                                                                                             \
    :: killed[me] || deaths < DEATHS ->                                                            \
        if :: !killed[me] -> deaths++ :: else fi;                                                  \
        OUT(was_inside); goto end                                                                 \
    :: stops < STOPS ->                                                                            \
        stops++; stopped[me] = true; OUT(was_inside);                                              \
        killed[me]; goto end                                                                      \
    :: !killed[me]                                                                                 \
    fi

/* lock_enter, what it is for, lock_leave. Its fate is decided after each write that others see: to
 * die after a mere look is to die before it. */
proctype handler(byte me)
{
    byte g;

    FATE(false);
again:
    epoch != 0; /* else it naps, and looks again */
    g = epoch;
    if :: g == 0 -> goto again :: else fi;
    at[me] = g;
    FATE(false);
    if :: epoch != g -> at[me] = 0; goto again :: else fi;
    if
    :: atomic { sem[g & 1] > 0 -> sem[g & 1]-- }
    :: sem[g & 1] == 0 -> at[me] = 0; goto again /* timed out */
    fi;
    FATE(false);
    if :: epoch != g -> at[me] = 0; goto again :: else fi; /* retired while we waited */
    /* a handler that is here when the lock is taken from it goes on: the parent waits for it, and
     * kills it if it does not leave */
    atomic { inside++; assert(inside == 1) };
    FATE(true);
    inside--;
    sem[at[me] & 1]++;
    FATE(false);
    at[me] = 0;
    FATE(false);
end:
    dead[me] = true; /* exited, killed or crashed: the parent reaps it all the same */
    over++
}

byte retired, k, i;
byte now = 1; /* the epoch, as the parent keeps it for itself */

/* lock_retire, and then none but the dead are at the old epoch. A stopped holder's part of the
 * critical section counts as left when it stops: only its death lets the parent pass. */
inline recover()
{
    retired = now;
    epoch = 0;
    now++;
    k = 0;
    do
    :: k < N && (dead[k] || at[k] != retired) -> k++
    :: k < N && at[k] == retired && !dead[k] ->
        /* its sleep ends; or its grace does. A kill takes effect before its next step. */
        if
        :: stopped[k] -> killed[k] = true; dead[k]
        :: at[k] != retired || dead[k]
        fi
    :: k == N -> k = 0; retired = 0; break
    od
}

inline mend()
{
    atomic { inside++; assert(inside == 1) };
    inside--
}

proctype parent()
{
    do
    :: atomic { i = 0; do :: i < N && !(dead[i] && !reaped[i]) -> i++ :: else -> break od };
        if
        :: i < N && at[i] != 0 -> /* it died at the lock */
            recover(); mend();
            at[i] = 0; reaped[i] = true; gone++; sem[now & 1] = 1; epoch = now
        :: i < N && at[i] == 0 -> /* its record is to be closed: lock_await, and in any case */
            if
            :: atomic { sem[now & 1] > 0 -> sem[now & 1]-- }
            :: sem[now & 1] == 0
            fi;
            recover(); mend();
            reaped[i] = true; gone++; sem[now & 1] = 1; epoch = now
        :: i == N && gone == N -> break
        :: i == N && gone < N ->
            if
            :: atomic { i = 0; do :: i < N && !(stopped[i] && !dead[i] && at[i] == now) -> i++
                               :: else -> break od };
                if
                :: i < N && sem[now & 1] == 0 -> recover(); mend(); sem[now & 1] = 1; epoch = now /* stuck */
                :: i < N && sem[now & 1] != 0 -> killed[i] = true /* shutdown, at the latest */
                :: i == N
                fi
            :: mistakes < MISTAKES && sem[now & 1] == 0 ->
                mistakes++; recover(); mend(); sem[now & 1] = 1; epoch = now
            fi;
            /* a handler stopped elsewhere holds up nobody, and ends when the daemon does */
            i = 0;
            do
            :: i < N -> if :: stopped[i] && at[i] != now -> killed[i] = true :: else fi; i++
            :: i == N -> break
            od
        fi
    od;
    assert(epoch == now && sem[now & 1] == 1) /* and the lock is free */
}

init
{
    sem[1] = 1;
    atomic { byte n = 0; do :: n < N -> run handler(n); n++ :: n == N -> break od; run parent() }
}

ltl ends { <>(over == N) }
