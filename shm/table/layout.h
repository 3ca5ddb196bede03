/* The table as it lies in shared memory, and how its parts are reached. For shm/table/ alone. */
#ifndef SHM_TABLE_LAYOUT_H
#define SHM_TABLE_LAYOUT_H

#include "shm/table/lock.h"
#include "shm/table/ring.h"
#include "shm/table/types.h"

#define TABLE_MAGIC  0x726f6c6c63616c6cULL /* "rollcall" */
#define TABLE_LAYOUT 20
#define TOLD         256 /* things that the log is told once; another one may take a place */
#define LINE_SHORT   192 /* bytes of a text with its NUL that lies beside its head, on one page */
#define DIGESTS      512 /* files; the least recently used digest is replaced */

_Static_assert(sizeof(struct record) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct totals) % sizeof(uint64_t) == 0, "added word by word");
_Static_assert(sizeof(struct ended) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct transfer) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(sizeof(struct message_head) % sizeof(uint64_t) == 0, "copied word by word");
_Static_assert(MESSAGE_LINE % sizeof(uint64_t) == 0, "copied word by word");

/* The part of a record that another session may take over: written under the lock alone. */
struct title {
    char name[NAME_SIZE];
    int64_t hand, hand_ns;
    char hand_text[HAND_SIZE];
};

struct slot_memory {
    _Alignas(64) lock_at at;
    _Atomic uint32_t sequence;       /* copy[sequence & 1] is valid */
    _Atomic uint32_t title_sequence; /* title[title_sequence & 1] is valid */
    word heard_open;                 /* 0: has not joined; else 1 + the open lines heard */
    word told, heard_told; /* private lines told at this slot; how many of them were heard */
    word kicked;           /* the serial of the session that was kicked last */
    word announced;        /* the serial of the session that was announced last */
    word title[2][WORDS(struct title)];
    word copy[2][WORDS(struct record)];
    word secret[TABLE_SECRET / sizeof(uint64_t)]; /* that the name was given with; 0: none */
    word reason[TABLE_REASON / sizeof(uint64_t)]; /* of the last kick */
};

/* The data that every session touches is in the first page, followed by the slots: one page fault
 * maps adjacent pages together. */
struct table_memory {
    _Atomic uint64_t magic; /* set last */
    uint32_t layout, slot_size, store_size, slots;
    int32_t pid;
    int64_t started;
    word run; /* names the sequence of lines: another one whenever their order begins anew */
    word accepted, reaped, recovered; /* written by the parent alone */
    uint64_t earlier;                 /* as in struct table_about; `accepted` counts these, too */
    word totals[WORDS(struct totals)];
    struct log_losses log_losses;
    word unrecorded; /* what should be in the journal, and is not; the parent and the clerk */
    word slowed, refused[REFUSED_REASONS], left[LEFT_REASONS];
    struct {
        word ended, transfers, lines[RINGS];
    } added;            /* to the rings of the store */
    word rung, rung_ns; /* the open lines that those who joined were woken for, and when last */
    word taken[RINGS];  /* bytes of long lines up to here were or are being overwritten */
    struct lock lock;
    _Atomic uint32_t top;
    char runtime[TABLE_RUNTIME];       /* the directory of the sockets */
    char missing[TABLE_MISSING];       /* what could not be confined; "": nothing */
    uint32_t limit, draining, waiting; /* as in struct table_about */
    word joined[TABLE_SLOTS / 64];     /* a bit for each slot */
    word leaving[TABLE_SLOTS / 64];    /* a bit for each slot: its handler is about to end */
    struct slot_memory slot[];         /* followed by the store */
};

struct digests {
    uint64_t clock; /* counts requests, to find the entry that was used longest ago */
    struct digest_entry {
        _Atomic uint32_t state; /* set last, so a handler that dies before leaves a free entry */
        uint32_t slot;          /* of the handler that computes the digest */
        uint64_t serial;        /* of that handler's session */
        uint64_t asked;
        uint64_t alive; /* clock_now: when that handler last went on */
        struct digest_version version;
        unsigned char digest[DIGEST_SIZE];
    } entry[DIGESTS];
};

struct store {
    struct digests digests;
    word told[TOLD]; /* what the log was told, by a hash */
    word ended[HISTORY_ENDED][WORDS(struct ended)];
    word transfers[HISTORY_TRANSFERS][WORDS(struct transfer)];
    struct line_memory {
        word head[WORDS(struct message_head)];
        word text[LINE_SHORT / sizeof(uint64_t)];
    } lines[RINGS][MESSAGES_KEPT];
    word bytes[RINGS][MESSAGES_BYTES / sizeof(uint64_t)]; /* of lines that are not short */
};

/* Bytes of a table with so many slots. */
#define TABLE_SIZE(slots)                                                                          \
    (sizeof(struct table_memory) + (slots) * sizeof(struct slot_memory) + sizeof(struct store))

static inline struct store *table_store(const struct table *table)
{
    return (struct store *)(void *)((char *)table->memory + table->size - sizeof(struct store));
}

static inline struct slot_memory *slot_of(const struct slot *mine)
{
    return &mine->table->memory->slot[mine->number];
}

/* The table's lock, for a handler. Returns 0, or -1 with errno (lock_enter). */
static inline int table_lock(const struct slot *mine)
{
    return lock_enter(&mine->table->memory->lock, &slot_of(mine)->at, mine->table->made.pid);
}

static inline void table_unlock(const struct slot *mine)
{
    lock_leave(&mine->table->memory->lock, &slot_of(mine)->at);
}

#endif
