/* What a journal says, put together: who was here under which name, from when to when, and what was
 * fetched and handed in. The journal is data: a line that is none is counted, and passed over. */
#ifndef SHM_CTL_LEDGER_H
#define SHM_CTL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/table/types.h"

/* A session, or the part of it under one name. Times in milliseconds: since the Epoch, and since
 * the boot; durations are those of the boot's clock, because the other one may be set. */
struct stay {
    uint64_t serial;
    size_t boot; /* the number of the boot, from 0: only within one can its times be compared */
    int64_t from, until, boot_from, boot_until;
    bool open;                                /* not ended; `until` is the last moment known */
    bool chosen;                              /* the name is not the slot's own */
    bool nobody;                              /* a connection of another protocol: no attendance */
    char name[NAME_SIZE], address[PEER_TEXT]; /* cut to fit */
    const char *via;                          /* via_word's */
    const char *why; /* "" while it is open, or where another name follows */
};

enum deed_kind { DEED_FETCHED, DEED_VERIFIED, DEED_HANDED_IN, DEEDS };

struct deed {
    enum deed_kind kind;
    size_t stay; /* whose it is */
    int64_t when;
    uint64_t size, done;
    char *file, *sha256, *earlier;
};

struct ledger {
    char *room;
    bool alive; /* the journal is being written */
    struct stay *stay;
    size_t stays;
    struct deed *deed;
    size_t deeds;
    uint64_t damaged, lost; /* lines that are none; events that the daemon could not record */
    int64_t first, last;    /* times of the first and last line */
    int64_t last_boot;
    uint64_t highest;  /* serial */
    uint64_t sequence; /* number of the last event */
    size_t boots;      /* how many there were */
    char *boot_name;   /* of the last of them */
};

/* Adds a file; those of one journal in their order, each once: anything else is refused. Returns 0,
 * or -1 with *error, one line. */
int ledger_read(struct ledger *ledger, const char *path, char *error, size_t size);

/* After the last file: what is open lasts until `now` (ms since the Epoch) if the journal is being
 * written, else until the last line. */
void ledger_close(struct ledger *ledger, int64_t now);

void ledger_free(struct ledger *ledger);

#endif
