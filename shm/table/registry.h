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

#define REGISTRY_ROOM_MAX  64    /* bytes in a room's name: well under NAME_MAX with our prefix */
#define REGISTRY_PLACES    65536 /* places a table may have: as many as there are ports */
#define REGISTRY_NAME_SIZE 32    /* PROTOCOL: names of 1 to 31 bytes, and a NUL */
#define REGISTRY_HAND      64    /* what a hand is up for, cut to fit */
#define REGISTRY_RUNTIME   256   /* bytes of the runtime directory's path, with a NUL */
#define REGISTRY_CONTROL   "control" /* the parent's socket in it */
#define REGISTRY_ASKS      "asks."   /* and those of rollcallctl, before a process ID */
#define REGISTRY_DOING     64        /* what a client does now, cut to fit a status line */
#define REGISTRY_ENDED     2048      /* ended sessions kept; the oldest one gives way */
#define REGISTRY_TRANSFERS 8192      /* files handed out and in: forty clients, two hundred files */
#define REGISTRY_FILE_SIZE                                                                         \
    256 /* of a file's name, which is cut to fit (all names of one part do) */

struct registry_peer {
    uint16_t family; /* 4, 6, or 0 for an unknown one */
    uint16_t port;
    uint32_t scope; /* IPv6: the interface of a link-local address */
    unsigned char address[16];
};

/* The address without its port: "127.0.0.1", "fe80::1%2". "-" for an unknown one. */
#define REGISTRY_PEER_TEXT 64
void registry_peer_text(const struct registry_peer *peer, char text[REGISTRY_PEER_TEXT]);

/* One session, as its handler records it. */
struct registry_record {
    uint64_t serial; /* the daemon's count of sessions, from 1; 0: nobody is at this place */
    char name[REGISTRY_NAME_SIZE];
    int64_t connected;               /* seconds since the Epoch, for showing */
    int64_t connected_ns, active_ns; /* monotonic clock, for durations */
    struct registry_peer peer;
    uint64_t requests, messages, bytes_in, bytes_out;
    char doing[REGISTRY_DOING]; /* "" when it waits for its client */
    uint64_t done, total;       /* bytes of that */
    int64_t hand, hand_ns;      /* since when its hand is up: for showing, for the order; 0: down */
    char hand_text[REGISTRY_HAND];
};

enum registry_why {
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
const char *registry_why_text(enum registry_why why);

/* Why somebody was not let in. */
enum registry_refused {
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

struct registry_ended {
    uint64_t serial;
    char name[REGISTRY_NAME_SIZE];
    struct registry_peer peer;
    int64_t connected, left; /* seconds since the Epoch */
    int64_t lasted_ns;
    uint64_t requests, messages, bytes_in, bytes_out;
    uint32_t why; /* enum registry_why */
    uint32_t reserved;
};

enum registry_transfer_kind {
    TRANSFER_SENT,     /* a file was sent, up to byte `done` of `size` */
    TRANSFER_VERIFIED, /* the client said that it has it, and named its digest */
    TRANSFER_HANDED_IN,
    TRANSFER_KINDS,
};

/* What became of an earlier file of that name. */
enum registry_earlier { EARLIER_NONE, EARLIER_SAME, EARLIER_KEPT, EARLIERS };

/* A file handed out or in. Digest: not of TRANSFER_SENT. */
struct registry_transfer {
    uint64_t serial;
    char client[REGISTRY_NAME_SIZE];
    struct registry_peer peer;
    int64_t when; /* seconds since the Epoch */
    uint64_t done, size;
    uint32_t kind;    /* enum registry_transfer_kind */
    uint32_t earlier; /* enum registry_earlier, of TRANSFER_HANDED_IN */
    unsigned char digest[DIGEST_SIZE];
    char file[REGISTRY_FILE_SIZE];
};

struct registry_counters {
    uint64_t accepted, reaped, recovered, lock_waits;
    uint64_t slowed; /* times that a client asked too fast and was made to wait */
    uint64_t refused[REFUSED_REASONS];
    uint64_t left[LEFT_REASONS];
};

struct registry_about {
    uint32_t places, top;
    int64_t started; /* seconds since the Epoch */
    pid_t pid;
};
struct registry_table;

struct registry {
    struct registry_table *table;
    size_t size;
    char runtime[REGISTRY_RUNTIME];
    struct registry_about made; /* what the parent put into the table, as it must stay there */
    int fd; /* in the parent it also carries the lock that shows that the daemon lives */
    char path[REGISTRY_ROOM_MAX + 16]; /* the object's name */
};

/* Whether a room may be called so: letters, digits, '-', '_', '.', not first, 1 to
 * REGISTRY_ROOM_MAX bytes. */
bool registry_room_valid(const char *room);

/* The parent. Makes the room's table anew and locks its object for as long as this process lives; a
 * table whose daemon has died is replaced. Returns 0, or -1 with errno: EBUSY where a living daemon
 * has it, EPERM where the object is another user's. */
int registry_create(struct registry *registry, const char *room, uint32_t places);
void registry_destroy(struct registry *registry);

/* The parent: says in the table where the bells are, registry->runtime. */
void registry_set_runtime(struct registry *registry, const char *path);

/* From outside: where they are. False: that is no path. */
bool registry_runtime(const struct registry *registry, char path[REGISTRY_RUNTIME]);

/* A handler, a child of the process that made the table. All take its place, counted from 0, and
 * the record it keeps for itself. Its name and hand are the place's, and change under the lock
 * alone (shm/table/talk.h): registry_update does not write them, registry_leave says what they
 * were. */
int registry_enter(struct registry *registry, uint32_t place, const struct registry_record *me);
void registry_update(struct registry *registry, uint32_t place, const struct registry_record *me);
int registry_leave(struct registry *registry, uint32_t place, struct registry_record *me,
                   enum registry_why why);

/* A handler: writes down a transfer. Returns 0, or -1 with errno. */
int registry_note(struct registry *registry, uint32_t place,
                  const struct registry_transfer *transfer);

/* What a list of those present shows. */
struct registry_brief {
    uint64_t serial;
    char name[REGISTRY_NAME_SIZE];
    int64_t connected;
};

/* A handler: those present, by place, as they are at one moment. *list is the caller's to free.
 * Returns 0, or -1 with errno. */
int registry_present(struct registry *registry, uint32_t place, struct registry_brief **list,
                     size_t *count);

/* A handler: the digest of a file's version, as digests_ask and digests_tell have it. Return 0, or
 * -1 with errno. */
int registry_ask_digest(struct registry *registry, uint32_t place, uint64_t serial,
                        const struct digest_version *version, unsigned char digest[DIGEST_SIZE],
                        enum digest_answer *answer);
int registry_tell_digest(struct registry *registry, uint32_t place, uint64_t serial,
                         const struct digest_version *version,
                         const unsigned char digest[DIGEST_SIZE]);

/* The parent: `top` is at least one more than the highest place in use. */
void registry_set_top(struct registry *registry, uint32_t top);
struct registry_counters registry_counters(const struct registry *registry);
void registry_count_accepted(struct registry *registry);
void registry_count_reaped(struct registry *registry);
void registry_count_recovered(struct registry *registry);

/* Anybody inside. */
void registry_count_refused(struct registry *registry, enum registry_refused why);
void registry_count_slowed(struct registry *registry);

/* The parent: the lock, and the `at` word of a place. */
struct lock *registry_lock(struct registry *registry);
lock_at *registry_at(struct registry *registry, uint32_t place);

/* The parent, after a handler's end: whether it closed its record itself; and, holding the lock, to
 * close it for it. Closing twice does nothing. */
bool registry_closed(const struct registry *registry, uint32_t place);
void registry_close(struct registry *registry, uint32_t place, uint64_t serial);

/* The parent: the first place from this one on whose handler says that it left, or REGISTRY_PLACES.
 * A hint, which is to be taken back when that handler has ended. */
uint32_t registry_leaving(const struct registry *registry, uint32_t from);
void registry_left(struct registry *registry, uint32_t place);

/* The parent, which trusts no shared byte: whether the table is still what it made; and, holding
 * the lock, makes it that again. */
bool registry_is_sound(const struct registry *registry);
void registry_restore(struct registry *registry, uint64_t accepted);

/* The parent: whether what a place holds can be the record of this session (serial 0: nobody may be
 * there), or nobody's; and, holding the lock, puts this record there. */
bool registry_place_is_sound(const struct registry *registry, uint32_t place, uint64_t serial);
void registry_restore_place(struct registry *registry, uint32_t place,
                            const struct registry_record *record);

/* Anybody from outside: maps the table read-only. Returns 0, or -1 with errno: ENOENT no such room,
 * EBADMSG not a table of this layout. */
int registry_view(struct registry *registry, const char *room);
void registry_unview(struct registry *registry);

/* Whether the daemon that made the table lives (asked of the system, not of the table). */
bool registry_alive(const struct registry *registry);

struct registry_about registry_about(const struct registry *registry);

/* Lock-free reading. READ_TORN: it changed each time it was looked at, or is not a record. */
enum registry_read { READ_FREE, READ_PRESENT, READ_TORN };
enum registry_read registry_read(const struct registry *registry, uint32_t place,
                                 struct registry_record *record);

/* Ended sessions, oldest first. *list is the caller's to free. Returns 0, or -1 with errno. */
int registry_history(const struct registry *registry, struct registry_ended **list, size_t *count);

/* The transfers, in the same way. */
int registry_transfers(const struct registry *registry, struct registry_transfer **list,
                       size_t *count);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t registry_now(void);

#endif
