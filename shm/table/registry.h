/* The table: who is here, who was here, in a POSIX shared-memory object (shm_open(3)) named after
 * the room. Knows nobody outside shm/.
 *
 * Places are the parent's, records are the handlers'. A record is kept twice, and its sequence
 * number says which copy holds (bit 0): its writer fills the other one and then moves the number
 * on. So a handler killed in the middle of an update leaves the last whole record, and a reader
 * needs no lock: it reads again if the number moved. The lock guards the list as a whole: entering,
 * leaving (with the ring of ended sessions), and a view of all who are present. */
#ifndef SHM_TABLE_REGISTRY_H
#define SHM_TABLE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/table/digests.h"
#include "shm/table/lock.h"

#define TABLE_ROOM_MAX    64    /* bytes in a room's name: well under NAME_MAX with our prefix */
#define TABLE_SLOTS       65536 /* slots a table may have: as many as there are ports */
#define NAME_SIZE         32    /* PROTOCOL: names of 1 to 31 bytes, and a NUL */
#define HAND_SIZE         64    /* what a hand is up for, cut to fit */
#define TABLE_RUNTIME     256   /* bytes of the runtime directory's path, with a NUL */
#define TABLE_CONTROL     "control" /* the parent's socket in it */
#define TABLE_ASKS        "asks."   /* and those of rollcallctl, before a process ID */
#define DOING_SIZE        64        /* what a client does now, cut to fit a status line */
#define HISTORY_ENDED     2048      /* ended sessions kept; the oldest one gives way */
#define HISTORY_TRANSFERS 8192      /* files handed out and in: forty clients, two hundred files */
#define FILE_NAME_SIZE    256 /* of a file's name, which is cut to fit (all names of one part do) */

struct peer {
    uint16_t family; /* 4, 6, or 0 for an unknown one */
    uint16_t port;
    uint32_t scope; /* IPv6: the interface of a link-local address */
    unsigned char address[16];
};

/* The address without its port: "127.0.0.1", "fe80::1%2". "-" for an unknown one. */
#define PEER_TEXT 64
void peer_text(const struct peer *peer, char text[PEER_TEXT]);

/* One session, as its handler records it. */
struct record {
    uint64_t serial; /* the daemon's count of sessions, from 1; 0: nobody is at this slot */
    char name[NAME_SIZE];
    int64_t connected;               /* seconds since the Epoch, for showing */
    int64_t connected_ns, active_ns; /* monotonic clock, for durations */
    struct peer peer;
    uint64_t requests, messages, bytes_in, bytes_out;
    char doing[DOING_SIZE]; /* "" when it waits for its client */
    uint64_t done, total;   /* bytes of that */
    int64_t hand, hand_ns;  /* since when its hand is up: for showing, for the order; 0: down */
    char hand_text[HAND_SIZE];
};

enum left_why {
    LEFT_EXIT,     /* asked for */
    LEFT_CLOSED,   /* the client closed the connection */
    LEFT_LOST,     /* the connection broke */
    LEFT_STALLED,  /* the client did not read what it was sent */
    LEFT_UNSENT,   /* the client stopped sending in the middle of a file */
    LEFT_CHANGED,  /* a file shrank while it was sent */
    LEFT_SHUTDOWN, /* the daemon ended */
    LEFT_KILLED,   /* the handler died; closed by the parent */
    LEFT_IDLE,     /* it asked nothing for too long */
    LEFT_UNENDED,  /* it began a line and did not end it */
    LEFT_KICKED,   /* sent away by who runs the room, or by itself from another connection */
    LEFT_REASONS,
};
const char *left_text(enum left_why why);

/* Why somebody was not let in. */
enum refused_why {
    REFUSED_FULL,
    REFUSED_NETWORK,      /* its address is not allowed */
    REFUSED_ADDRESS,      /* its address has enough clients */
    REFUSED_ADDRESS_RATE, /* they come too fast from its address */
    REFUSED_RATE,         /* they come too fast */
    REFUSED_KEY,          /* it does not know the room's key */
    REFUSED_DESCRIPTORS,  /* the system has none */
    REFUSED_PROCESSES,
    REFUSED_REASONS,
};

struct ended {
    uint64_t serial;
    char name[NAME_SIZE];
    struct peer peer;
    int64_t connected, left; /* seconds since the Epoch */
    int64_t lasted_ns;
    uint64_t requests, messages, bytes_in, bytes_out;
    uint32_t why; /* enum registry_why */
    uint32_t reserved;
};

enum transfer_kind {
    TRANSFER_SENT,     /* a file was sent, up to byte `done` of `size` */
    TRANSFER_VERIFIED, /* the client said that it has it, and named its digest */
    TRANSFER_HANDED_IN,
    TRANSFER_KINDS,
};

/* What became of an earlier file of that name. */
enum earlier_file { EARLIER_NONE, EARLIER_SAME, EARLIER_KEPT, EARLIERS };

/* A file handed out or in. Digest: not of TRANSFER_SENT. */
struct transfer {
    uint64_t serial;
    char client[NAME_SIZE];
    struct peer peer;
    int64_t when; /* seconds since the Epoch */
    uint64_t done, size;
    uint32_t kind;    /* enum registry_transfer_kind */
    uint32_t earlier; /* enum registry_earlier, of TRANSFER_HANDED_IN */
    unsigned char digest[DIGEST_SIZE];
    char file[FILE_NAME_SIZE];
};

struct counters {
    uint64_t accepted, reaped, recovered, lock_waits;
    uint64_t slowed; /* times that a client asked too fast and was made to wait */
    uint64_t refused[REFUSED_REASONS];
    uint64_t left[LEFT_REASONS];
};

struct table_about {
    uint32_t slots, top;
    int64_t started; /* seconds since the Epoch */
    pid_t pid;
};
struct table_memory;

struct table {
    struct table_memory *memory;
    size_t size;
    char runtime[TABLE_RUNTIME];
    struct table_about made; /* what the parent put into the table, as it must stay there */
    int fd; /* in the parent it also carries the lock that shows that the daemon lives */
    char path[TABLE_ROOM_MAX + 16]; /* the object's name */
};

/* Whether a room may be called so: letters, digits, '-', '_', '.', not first, 1 to
 * TABLE_ROOM_MAX bytes. */
bool table_room_valid(const char *room);

/* The parent. Makes the room's table anew and locks its object for as long as this process lives; a
 * table whose daemon has died is replaced. Returns 0, or -1 with errno: EBUSY where a living daemon
 * has it, EPERM where the object is another user's. */
int registry_create(struct table *table, const char *room, uint32_t slots);
void registry_destroy(struct table *table);

/* The parent: says in the table where the bells are, registry->runtime. */
void registry_set_runtime(struct table *table, const char *path);

/* From outside: where they are. False: that is no path. */
bool view_runtime(const struct table *table, char path[TABLE_RUNTIME]);

/* A handler, a child of the process that made the table. All take its slot, counted from 0, and
 * the record it keeps for itself. Its name and hand are the slot's, and change under the lock
 * alone (shm/table/talk.h): slot_update does not write them, slot_leave says what they
 * were. */
struct slot;
int slot_enter(struct slot *mine, const struct record *me);
void slot_update(struct slot *mine, const struct record *me);
int slot_leave(struct slot *mine, struct record *me, enum left_why why);

/* A handler: writes down a transfer. Returns 0, or -1 with errno. */
int history_note(struct slot *mine, const struct transfer *transfer);

/* What a list of those present shows. */
struct slot_brief {
    uint64_t serial;
    char name[NAME_SIZE];
    int64_t connected;
};

/* A handler: those present, by slot, as they are at one moment. *list is the caller's to free.
 * Returns 0, or -1 with errno. */
int slot_list(struct slot *mine, struct slot_brief **list, size_t *count);

/* A handler: the digest of a file's version, as digests_ask and digests_tell have it. Return 0, or
 * -1 with errno. */
int slot_ask_digest(struct slot *mine, const struct digest_version *version,
                    unsigned char digest[DIGEST_SIZE], enum digest_answer *answer);
int slot_tell_digest(struct slot *mine, const struct digest_version *version,
                     const unsigned char digest[DIGEST_SIZE]);

/* The parent: `top` is at least one more than the highest slot in use. */
void registry_set_top(struct table *table, uint32_t top);
struct counters view_counters(const struct table *table);
void registry_count_accepted(struct table *table);
void registry_count_reaped(struct table *table);
void registry_count_recovered(struct table *table);

/* Anybody inside. */
void table_count_refused(struct table *table, enum refused_why why);
void table_count_slowed(struct table *table);

/* The parent: the lock, and the `at` word of a slot. */
struct lock *registry_lock(struct table *table);
lock_at *registry_at(struct table *table, uint32_t slot);

/* The parent, after a handler's end: whether it closed its record itself; and, holding the lock, to
 * close it for it. Closing twice does nothing. */
bool registry_slot_is_empty(const struct table *table, uint32_t slot);
void registry_close_record(struct table *table, uint32_t slot, uint64_t serial);

/* The parent: the first slot from this one on whose handler says that it left, or TABLE_SLOTS.
 * A hint, which is to be taken back when that handler has ended. */
uint32_t registry_next_leaving(const struct table *table, uint32_t from);
void registry_clear_leaving(struct table *table, uint32_t slot);

/* The parent, which trusts no shared byte: whether the table is still what it made; and, holding
 * the lock, makes it that again. */
bool registry_is_sound(const struct table *table);
void registry_restore(struct table *table, uint64_t accepted);

/* The parent: whether what a slot holds can be the record of this session (serial 0: nobody may be
 * there), or nobody's; and, holding the lock, puts this record there. */
bool registry_slot_is_sound(const struct table *table, uint32_t slot, uint64_t serial);
void registry_restore_slot(struct table *table, uint32_t slot, const struct record *record);

/* Anybody from outside: maps the table read-only. Returns 0, or -1 with errno: ENOENT no such room,
 * EBADMSG not a table of this layout. */
int view_open(struct table *table, const char *room);
void view_close(struct table *table);

/* Whether the daemon that made the table lives (asked of the system, not of the table). */
bool view_is_alive(const struct table *table);

struct table_about view_about(const struct table *table);

/* Lock-free reading. READ_TORN: it changed each time it was looked at, or is not a record. */
enum view_state { READ_FREE, READ_PRESENT, READ_TORN };
enum view_state view_read(const struct table *table, uint32_t slot, struct record *record);

/* Ended sessions, oldest first. *list is the caller's to free. Returns 0, or -1 with errno. */
int history_sessions(const struct table *table, struct ended **list, size_t *count);

/* The transfers, in the same way. */
int history_transfers(const struct table *table, struct transfer **list, size_t *count);

#endif
