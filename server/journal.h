/* What parent and handlers tell the clerk, who writes the journal (server/clerk/). The parent alone
 * has the parent's channel, so what comes there needs no other proof; the handlers share one, on
 * which the system says which process sent a note. A note is one record: it arrives whole, or not
 * at all. */
#ifndef SERVER_JOURNAL_H
#define SERVER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/table/types.h"

#define JOURNAL_TEXT                                                                               \
    3584 /* bytes of a file's name in a note, with its NUL: a note fits in 4 KB                    \
          */

enum journal_event {
    /* the parent's */
    JOURNAL_STARTED,
    JOURNAL_KNOCKED, /* a client came, and is asked for the key */
    JOURNAL_ARRIVED,
    JOURNAL_LEFT,
    JOURNAL_REFUSED,
    JOURNAL_LOST, /* the parent could not pass `count` notes on */
    JOURNAL_ENDED,
    JOURNAL_REOPEN, /* no event: the file was renamed, and is to be made anew */
    /* a handler's, about its own session */
    JOURNAL_ENTERED, /* the client that knocked knew the key */
    JOURNAL_NAMED,
    JOURNAL_FETCHED, /* the parent's, too: by HTTP */
    JOURNAL_VERIFIED,
    JOURNAL_HANDED_IN,
    JOURNAL_LEAVING, /* no event: why, and the session's counts, for when the parent says LEFT */
    JOURNAL_EVENTS,
};

struct journal_note {
    uint32_t event; /* enum journal_event */
    uint32_t slot;
    uint64_t serial;
    uint64_t number;    /* counts the notes of the parent, and those of a session, from 1 */
    int64_t when, boot; /* the parent's: milliseconds since the Epoch, and since the boot */
    int64_t pid;        /* the handler's, in KNOCKED and ARRIVED */
    uint32_t why;       /* enum left_why or refused_why; LEFT_REASONS: as the handler said */
    uint32_t earlier;   /* enum earlier_file */
    uint32_t via;       /* KNOCKED, ARRIVED: enum via */
    uint32_t reserved;
    uint64_t count; /* REFUSED, LOST: how many; LEFT: the signal that ended the handler */
    uint64_t done, size;
    uint64_t requests, messages, bytes_in, bytes_out;
    struct peer peer;
    unsigned char digest[DIGEST_SIZE];
    char name[NAME_SIZE];
    char text[JOURNAL_TEXT]; /* only as long as it is */
};
_Static_assert(sizeof(struct journal_note) <= 4096, "a record has at most 4 KB");

/* Bytes of a note that are sent. */
size_t journal_size(const struct journal_note *note);

/* Whether so many received bytes are a note, with its strings ended. */
bool journal_is_note(const struct journal_note *note, size_t size);

/* What the clerk tells the parent: the journal is open, or open again, or cannot be opened. */
struct journal_answer {
    uint32_t event;  /* JOURNAL_STARTED or JOURNAL_REOPEN */
    int32_t error;   /* an errno; 0: done */
    uint64_t serial; /* the highest in the journal */
};

/* The ends of both channels. -1: there is no journal. */
struct journal {
    int parent, handlers;           /* where notes are sent, never blocking */
    int from_parent, from_handlers; /* the clerk's */
};
#define JOURNAL_NONE ((struct journal){-1, -1, -1, -1})

/* Makes the channels. Returns 0, or -1 with errno. */
int journal_open(struct journal *journal);

/* Sends a note without waiting. Returns 0, or -1 with errno: EAGAIN where the channel is full. */
int journal_tell(int channel, const struct journal_note *note);

/* A handler: sends a note, and waits for the clerk's word, for at most LIMIT_JOURNAL_MS; while the
 * clerk is busy with the disk, for at most LIMIT_JOURNAL_SYNC_MS. Returns 0 where the note is in
 * the journal (HANDED_IN: on the disk); else -1 with errno: ENOSPC where the journal cannot grow
 * now (it is written as soon as that is possible), EPERM where the clerk does not believe it,
 * ETIMEDOUT.
 */
int journal_ask(int channel, const struct journal_note *note);

/* The words of the clerk. */
enum journal_word {
    JOURNAL_IS_DONE = 'd',
    JOURNAL_IS_BUSY = 'b',    /* another word follows */
    JOURNAL_IS_UNKNOWN = 'u', /* the parent has not spoken of the session yet: ask again */
    JOURNAL_IS_FULL = 'f',
    JOURNAL_IS_REFUSED = 'r',
};

#endif
