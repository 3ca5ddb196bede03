/* The table as it lies in shared memory; shm/'s own. */
#ifndef SHM_TABLE_LAYOUT_H
#define SHM_TABLE_LAYOUT_H

#include "shm/table/digests.h"
#include "shm/table/lock.h"
#include "shm/table/registry.h"
#include "shm/table/ring.h"
#include "shm/table/talk.h"

#define TABLE_MAGIC  0x726f6c6c63616c6cULL /* "rollcall" */
#define TABLE_LAYOUT 7

_Static_assert(sizeof(struct registry_record) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct registry_ended) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct registry_transfer) % sizeof(uint64_t) == 0, "copied word by word");

/* What of a record is written under the lock alone, since another session may take it over. */
struct title {
    char name[REGISTRY_NAME_SIZE];
    int64_t hand, hand_ns;
    char hand_text[REGISTRY_HAND];
};

struct place {
    _Alignas(64) lock_at at;
    _Atomic uint32_t sequence; /* copy[sequence & 1] holds */
    _Atomic uint32_t titled;   /* title[titled & 1] holds */
    word hears;                /* 0: has not joined; else one more than the open lines it heard */
    word told, told_heard;     /* lines told to clients at this place; and what it heard of them */
    word rung;                 /* when somebody rang for it; 0: it has looked since */
    word sent_away;            /* the session that is to end, by the parent's word, */
    word title[2][WORDS(struct title)];
    word copy[2][WORDS(struct registry_record)];
    word secret[ROOM_SECRET / sizeof(uint64_t)]; /* which its name was given with */
    word reason[ROOM_REASON / sizeof(uint64_t)];
};

/* What every session touches stands in the first page, and the places come next: pages that lie
 * together are mapped together, at one page fault. */
struct registry_table {
    _Atomic uint64_t magic; /* last to be set */
    uint32_t layout, place_size, store_size, places;
    int32_t pid;
    int64_t started;
    word accepted, reaped, recovered; /* written by the parent alone */
    word slowed, refused[REFUSED_REASONS], left[LEFT_REASONS];
    struct {
        word ended, transfers, lines[ROOM_RINGS];
    } added; /* to the rings */
    struct lock lock;
    _Atomic uint32_t top;
    char runtime[REGISTRY_RUNTIME];     /* the directory of the handlers' bells */
    word joined[REGISTRY_PLACES / 64];  /* a bit for each place */
    word leaving[REGISTRY_PLACES / 64]; /* the same: its handler has left, and is about to end */
    struct place place[];               /* and behind them the store */
};

struct store {
    struct digests digests;
    word ended[REGISTRY_ENDED][WORDS(struct registry_ended)];
    word transfers[REGISTRY_TRANSFERS][WORDS(struct registry_transfer)];
    word lines[ROOM_RINGS][ROOM_LINES][WORDS(struct room_line)];
};

/* Bytes of a table with so many places. */
#define TABLE_SIZE(places)                                                                         \
    (sizeof(struct registry_table) + (places) * sizeof(struct place) + sizeof(struct store))

/* The store of a table that is mapped. */
struct store *table_store(const struct registry *registry);

/* The record becomes the one that holds. */
void place_publish(struct place *place, const struct registry_record *record);

/* Under the lock: the record's name and hand become the place's; or the other way round. */
void place_entitle(struct place *place, const struct registry_record *record);
void place_title(const struct place *place, struct registry_record *record);

/* The first `count` words of the record that holds. False: it never stood still. */
bool place_load(const struct place *place, void *to, size_t count);

/* The head of a line, which may be just overwritten. */
struct room_head room_head(const struct registry *registry, enum room_ring ring, uint64_t number);

/* Notes whether a place is to be rung for. */
void room_set_joined(struct registry_table *table, uint32_t place, bool joined);

/* Under the lock: so many lines of that ring are open. */
uint64_t room_open(const struct registry *registry, enum room_ring ring);

/* Under the lock: an open line of a session's own, which it need not hear, or about another one;
 * where nobody would hear it, nothing is added. */
void room_put_own(struct room_member *member, enum room_kind kind, const struct registry_record *me,
                  const char *text);
void room_put_about(struct registry *registry, enum room_kind kind,
                    const struct registry_record *about, const char *text);

/* Under the lock: somebody comes or goes, which is a line if anybody is to hear it. */
void room_put(struct registry *registry, enum room_kind kind, const struct registry_record *about);

/* A place is nobody's now. */
void room_forget(struct registry *registry, uint32_t place);

/* registry->path, for a room. */
void registry_name_object(struct registry *registry, const char *room);

#endif
