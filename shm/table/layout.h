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

_Static_assert(sizeof(struct record) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct ended) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct transfer) % sizeof(uint64_t) == 0, "copied word by word");

/* What of a record is written under the lock alone, since another session may take it over. */
struct title {
    char name[NAME_SIZE];
    int64_t hand, hand_ns;
    char hand_text[HAND_SIZE];
};

struct slot_memory {
    _Alignas(64) lock_at at;
    _Atomic uint32_t sequence;       /* copy[sequence & 1] holds */
    _Atomic uint32_t title_sequence; /* title[titled & 1] holds */
    word heard_open;       /* 0: has not joined; else one more than the open lines it heard */
    word told, heard_told; /* lines told to clients at this slot; and what it heard of them */
    word rung;             /* when somebody rang for it; 0: it has looked since */
    word kicked;           /* the session that is to end, by the parent's word, */
    word title[2][WORDS(struct title)];
    word copy[2][WORDS(struct record)];
    word secret[TABLE_SECRET / sizeof(uint64_t)]; /* which its name was given with */
    word reason[TABLE_REASON / sizeof(uint64_t)];
};

/* What every session touches stands in the first page, and the slots come next: pages that lie
 * together are mapped together, at one page fault. */
struct table_memory {
    _Atomic uint64_t magic; /* last to be set */
    uint32_t layout, slot_size, store_size, slots;
    int32_t pid;
    int64_t started;
    word accepted, reaped, recovered; /* written by the parent alone */
    word slowed, refused[REFUSED_REASONS], left[LEFT_REASONS];
    struct {
        word ended, transfers, lines[RINGS];
    } added; /* to the rings */
    struct lock lock;
    _Atomic uint32_t top;
    char runtime[TABLE_RUNTIME];    /* the directory of the handlers' bells */
    word joined[TABLE_SLOTS / 64];  /* a bit for each slot */
    word leaving[TABLE_SLOTS / 64]; /* the same: its handler has left, and is about to end */
    struct slot_memory slot[];      /* and behind them the store */
};

struct store {
    struct digests digests;
    word ended[HISTORY_ENDED][WORDS(struct ended)];
    word transfers[HISTORY_TRANSFERS][WORDS(struct transfer)];
    word lines[RINGS][MESSAGES_KEPT][WORDS(struct message)];
};

/* Bytes of a table with so many slots. */
#define TABLE_SIZE(slots)                                                                          \
    (sizeof(struct table_memory) + (slots) * sizeof(struct slot_memory) + sizeof(struct store))

/* The store of a table that is mapped. */
struct store *table_store(const struct table *table);

/* The record becomes the one that holds. */
void record_publish(struct slot_memory *slot, const struct record *record);

/* Under the lock: the record's name and hand become the slot's; or the other way round. */
void record_set_title(struct slot_memory *slot, const struct record *record);
void record_get_title(const struct slot_memory *slot, struct record *record);

/* The first `count` words of the record that holds. False: it never stood still. */
bool record_load(const struct slot_memory *slot, void *to, size_t count);

/* The head of a line, which may be just overwritten. */
struct message_head messages_head(const struct table *table, enum message_ring ring,
                                  uint64_t number);

/* Notes whether a slot is to be rung for. */
void messages_set_joined(struct table_memory *memory, uint32_t slot, bool joined);

/* Under the lock: so many lines of that ring are open. */
uint64_t messages_open(const struct table *table, enum message_ring ring);

/* Under the lock: an open line of a session's own, which it need not hear, or about another one;
 * where nobody would hear it, nothing is added. */
void messages_add_own(struct slot *mine, enum message_kind kind, const struct record *me,
                      const char *text);
void messages_add_about(struct table *table, enum message_kind kind, const struct record *about,
                        const char *text);

/* Under the lock: somebody comes or goes, which is a line if anybody is to hear it. */
void messages_add_presence(struct table *table, enum message_kind kind, const struct record *about);

/* A slot is nobody's now. */
void hear_forget(struct table *table, uint32_t slot);

/* registry->path, for a room. */
void table_name_object(struct table *table, const char *room);

#endif
