/* What the parent tells the clerk who writes the journal. The parent waits for nobody: notes that
 * the clerk does not take are kept, up to LIMIT_JOURNAL_QUEUE, and those beyond are counted. */
#ifndef SERVER_PARENT_RECORDER_H
#define SERVER_PARENT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/admitted.h"
#include "server/journal.h"
#include "server/parcel.h"
#include "shm/table/types.h"

struct recorder {
    int channel;                /* -1: there is no journal, and all functions do nothing */
    pid_t keeper;               /* the first of the clerk's; a child. -1: it was waited for */
    bool gone;                  /* nobody takes notes any more */
    uint64_t number;            /* of the last note */
    struct journal_note *queue; /* a ring, of notes with at most a file's name */
    size_t first, count;
    uint64_t lost;       /* notes that did not fit, and were not told of yet */
    int64_t lost_logged; /* clock_now */
};

/* Makes the queue. Returns 0, or -1 with errno. */
int recorder_init(struct recorder *recorder, int channel, pid_t keeper);

/* The daemon starts. Waits for the clerk, which has read the journal then. *serial: the highest in
 * it. Returns 0, or -1 with errno: that of the clerk, or ETIMEDOUT. */
int recorder_start(struct recorder *recorder, uint64_t *serial);

/* Looks whether the first keeper has ended, which others replace, and whether nobody is left, which
 * is logged once. The parent cannot start others (server/clerk/keeper.h). */
void recorder_look(struct recorder *recorder);

/* A child has ended, and perhaps it was the keeper. */
void recorder_reaped(struct recorder *recorder, pid_t child);

/* A client came; asked: for the key. */
void recorder_arrived(struct recorder *recorder, struct table *table,
                      const struct admitted *admitted, pid_t pid, bool asked);

/* It left. why: LEFT_REASONS where its handler knows best; signal: what ended the handler, or 0. */
void recorder_left(struct recorder *recorder, struct table *table, uint32_t slot, uint64_t serial,
                   enum left_why why, int signal);

/* A file went out by HTTP; known: to the session at that slot, which may have
 * ended. */
void recorder_fetched(struct recorder *recorder, struct table *table, uint32_t slot,
                      const struct transfer *transfer, bool known);

void recorder_refused(struct recorder *recorder, struct table *table, enum refused_why why,
                      uint64_t count);

/* Sends what the clerk did not take before. Returns whether nothing waits any more. */
bool recorder_send(struct recorder *recorder);

/* Tells the clerk that the file was renamed; and reads the answer. Return 0, or -1 with errno:
 * EAGAIN where it is not there yet. */
int recorder_ask_reopen(struct recorder *recorder);
int recorder_reopened(struct recorder *recorder, int *error);

/* The daemon ends: waits, for at most LIMIT_JOURNAL_END_MS, until the clerk has ended, too. */
void recorder_end(struct recorder *recorder, struct table *table);

/* Packs or unpacks the queue: all but the structure itself. False with errno. */
bool recorder_carry(struct recorder *recorder, struct parcel *parcel);

#endif
