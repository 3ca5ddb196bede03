/* What the clerk knows of the room: which sessions are open, and where the journal's counts are. It
 * is kept by what the clerk writes, and a clerk that takes over reads it out of the journal again.
 */
#ifndef SERVER_CLERK_BOOK_H
#define SERVER_CLERK_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/journal.h"
#include "server/system/platform.h"
#include "server/wire/entry.h"
#include "shm/table/types.h"

/* What a handler said of its end; the parent says when that is. */
struct leaving {
    uint64_t serial;
    int64_t pid; /* -1: the system did not say */
    enum left_why why;
    uint64_t requests, messages, bytes_in, bytes_out;
};

struct open_session {
    enum { BOOK_FREE, BOOK_KNOCKED, BOOK_PRESENT } state;
    uint64_t serial;
    int64_t pid;        /* of its handler */
    uint64_t number;    /* of the last note of its handler */
    int64_t when, boot; /* it came: milliseconds since the Epoch, and since the boot */
    char name[NAME_SIZE], address[PEER_TEXT];
    unsigned port;
    uint32_t via; /* enum via */
    struct leaving leaving;
};

struct book {
    char room[TABLE_ROOM_MAX + 1];
    char boot_name[PLATFORM_BOOT_SIZE];
    int64_t pid;                  /* of the parent */
    uint64_t sequence, serial;    /* the highest of all lines */
    uint64_t parent;              /* the number of the parent's last note */
    bool running;                 /* the daemon has started, and not ended */
    int64_t last_when, last_boot; /* of the last line */
    uint32_t top;                 /* no session is open from this slot on */
    struct open_session *slot;    /* TABLE_SLOTS of them */
    struct leaving *ahead;        /* BOOK_AHEAD: of sessions whose arrival was not said yet */
    uint64_t ahead_count;         /* so many were put there; the newest take the oldest's place */
};
#define BOOK_AHEAD 4096 /* as many sessions may end while the parent keeps its notes */

/* Returns 0, or -1 with errno. */
int book_init(struct book *book);

void book_free(struct book *book);

/* Takes over what a line of the journal says; after the caller has seen it, because the session of
 * a line that says how that ended is then forgotten. */
void book_take(struct book *book, const struct entry *entry);

/* Keeps what was said of a session's end until its arrival is. */
void book_keep_ahead(struct book *book, const struct leaving *leaving);

/* The open session of this slot and serial, or NULL. */
struct open_session *book_find(struct book *book, uint32_t slot, uint64_t serial);

#endif
