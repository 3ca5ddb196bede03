/* What the table holds, as all who read or write it see it: structures, the sizes of their fields,
 * and the reasons for which a client leaves or is refused. Slots are numbered from 0. Unless a
 * field says otherwise, times are seconds since the Epoch, and names with _ns are nanoseconds of
 * the monotonic clock (clock_now). Text is NUL-terminated and cut to fit its field. */
#ifndef SHM_TABLE_TYPES_H
#define SHM_TABLE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TABLE_ROOM_MAX 64    /* bytes of a room's name: with our prefix well under NAME_MAX */
#define TABLE_SLOTS    65536 /* slots of a table at most: as many as there are ports */
#define TABLE_RUNTIME  256   /* bytes of the runtime directory's path */
#define TABLE_REASON   256   /* bytes of the reason of a kick */
#define TABLE_MISSING  64    /* bytes of what could not be confined */
#define TABLE_SECRET   16    /* bytes of the secret that a name was given with */

#define NAME_SIZE      128  /* bytes: a name has 31 characters at most, see rollcall-protocol(7) */
#define HAND_SIZE      64   /* bytes of what a hand is raised for */
#define DOING_SIZE     64   /* bytes of what a client does now: fits a line of `status` */
#define FILE_NAME_SIZE 256  /* bytes: whole for every name that a file system takes */
#define DIGEST_SIZE    32   /* bytes of a SHA-256 */
#define MESSAGE_TEXT   4096 /* bytes of a line's text, as long as a request may be */
#define MESSAGE_LINE   (NAME_SIZE + MESSAGE_TEXT + 8) /* bytes, with a name, a space and a NUL */

#define HISTORY_ENDED     2048 /* sessions kept; the oldest gives way */
#define HISTORY_TRANSFERS 8192 /* files kept: two hundred for each of forty clients */

#define MESSAGES_KEPT    1024 /* lines kept in a ring: ten seconds at a hundred a second */
#define MESSAGES_BEHIND  (MESSAGES_KEPT / 2) /* lines unread: this client does not read */
#define MESSAGES_EARLIER 512       /* lines that are shown at most to a client that joins */
#define MESSAGES_BYTES   (1 << 20) /* bytes kept of the long lines in a ring: a thousand of 1 KB */

/* ---- clients */

struct peer {
    uint16_t family; /* 4, 6, or 0: unknown */
    uint16_t port;
    uint32_t scope; /* IPv6: the interface of a link-local address */
    unsigned char address[16];
};

/* Writes the address without its port: "127.0.0.1", "fe80::1%2"; "-" for an unknown one. */
#define PEER_TEXT 64
void peer_text(const struct peer *peer, char text[PEER_TEXT]);

/* Parses a numeric address of `length` bytes, without a scope, and sets the peer's family and
 * address. False: it is none, and nothing is set. */
bool peer_address(const char *text, size_t length, struct peer *peer);

/* A serial that no session has, for what somebody at this address does without a session. */
uint64_t peer_serial(const struct peer *peer);

/* The peer of an address that peer_text wrote; of any other text an unknown one. */
void peer_parse(struct peer *peer, const char *text, unsigned port);

/* How a client came: bits. */
enum via { VIA_TCP, VIA_WEB = 1, VIA_PROXY = 2 };

/* "tcp", "web", "proxy", "web+proxy"; "unknown" for what no client can have. The other way: VIA_TCP
 * for what is no such word. */
const char *via_word(uint32_t via);
uint32_t via_by_word(const char *word);

/* A session that is present. */
struct record {
    uint64_t serial; /* the daemon counts its sessions from 1; 0: the slot is empty */
    char name[NAME_SIZE];
    int64_t connected;
    int64_t connected_ns, active_ns;
    struct peer peer;
    uint64_t requests, messages, bytes_in, bytes_out;
    char doing[DOING_SIZE]; /* "": waits for its client */
    uint64_t done, total;   /* bytes of what is being done */
    uint32_t via;           /* enum via */
    uint32_t reserved;
    int64_t hand, hand_ns; /* when the hand was raised: the time to show, and the time for the
                              queue; 0: not raised */
    char hand_text[HAND_SIZE];
};

/* A session that has ended. */
struct ended {
    uint64_t serial;
    char name[NAME_SIZE];
    struct peer peer;
    int64_t connected, left;
    int64_t lasted_ns;
    uint64_t requests, messages, bytes_in, bytes_out;
    uint32_t why; /* enum left_why */
    uint32_t via; /* enum via */
};

/* ---- files handed out and in */

enum transfer_kind {
    TRANSFER_SENT,     /* the daemon sent a file, up to byte `done` of `size` */
    TRANSFER_VERIFIED, /* the client has the file, and proved that with its digest */
    TRANSFER_HANDED_IN,
    TRANSFER_KINDS,
};

/* What became of an earlier hand-in of that name. */
enum earlier_file { EARLIER_NONE, EARLIER_SAME, EARLIER_KEPT, EARLIERS };

struct transfer {
    uint64_t serial;
    char client[NAME_SIZE];
    struct peer peer;
    int64_t when;
    uint64_t done, size;
    uint32_t kind;                     /* enum transfer_kind */
    uint32_t earlier;                  /* enum earlier_file, for TRANSFER_HANDED_IN */
    unsigned char digest[DIGEST_SIZE]; /* not for TRANSFER_SENT */
    char file[FILE_NAME_SIZE];
};

/* A version of a file: any change of its bytes changes one of these. */
struct digest_version {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns; /* st_mtim, st_ctim: since the Epoch */
};

/* ---- lines: what is said, and news of clients */

enum message_kind {
    MESSAGE_SAID,
    MESSAGE_TOLD, /* to one client */
    MESSAGE_CAME,
    MESSAGE_WENT,
    MESSAGE_RENAMED, /* the text is the new name */
    MESSAGE_RAISED,  /* a hand; the text says what for */
    MESSAGE_LOWERED,
    MESSAGE_ANNOUNCED, /* by the operator, with rollcallctl */
    MESSAGE_KINDS,
};

/* Two rings, so that many arrivals and departures do not push messages out. */
enum message_ring {
    RING_SAID, /* said and announced */
    RING_REST, /* all other kinds */
    RINGS,
};

/* A line is open if it is for all who joined, and private if it is for one session. */
struct message_head {
    uint64_t serial;  /* the session that the line is about; 0: none */
    uint64_t to;      /* the session that a private line is for; 0: the line is open */
    uint64_t order;   /* how many lines both rings had got before this line */
    uint64_t open;    /* how many of the lines before it in its ring are open */
    uint64_t ordinal; /* open: among the open lines that its session wrote to this ring, from 1 (0:
                         another session wrote the line); private: among all that was told at the
                         slot that it is for */
    int64_t when;
    uint64_t at;     /* bytes of long texts that its ring got before this one's */
    uint32_t kind;   /* enum message_kind */
    uint32_t length; /* bytes of the text, without its NUL */
};

/* The text is what clients read, made once: "NAME TEXT", "NAME", or (MESSAGE_ANNOUNCED) "TEXT". */
struct message {
    struct message_head head;
    char text[MESSAGE_LINE];
};

/* Where a session is in the rings. A session does not hear its own lines, so the count of these
 * tells how many of the lines that it missed were for it. Indices of rings and orders are counts of
 * lines from the first that was ever added. */
struct reader {
    uint64_t next[RINGS];             /* the line to read next */
    uint64_t end[RINGS], until, most; /* as of the last look: ends of the rings, and orders */
    uint64_t since[RINGS];            /* lines before this one are from before it joined */
    bool resumes;                     /* such lines are heard as if they were new */
    uint64_t replaced;                /* resumes: its private lines are heard, too; 0: none's */
    uint64_t open[RINGS];             /* open lines passed */
    uint64_t own[RINGS], own_passed[RINGS]; /* its own open lines: written, and passed */
    uint64_t told;                          /* private lines passed, of those told at this slot */
    uint64_t lost; /* lines for it that were overwritten, and that its client was not told of yet */
};

/* ---- reasons */

enum left_why {
    LEFT_EXIT,          /* the client asked to leave */
    LEFT_CLOSED,        /* the client closed the connection */
    LEFT_LOST,          /* the connection broke */
    LEFT_READS_NOTHING, /* the client did not read what it was sent */
    LEFT_SENDS_NOTHING, /* the client stopped sending in the middle of a file */
    LEFT_CHANGED,       /* a file shrank while it was sent */
    LEFT_SHUTDOWN,      /* the daemon ended */
    LEFT_KILLED,        /* the handler died, and the parent closed the record */
    LEFT_IDLE,          /* the client asked nothing for too long */
    LEFT_LINE_TIMEOUT,  /* the client began a line and did not end it */
    LEFT_KICKED,        /* by the operator, or by the client itself from another connection */
    LEFT_PROTOCOL,      /* the client's first line was another protocol's */
    LEFT_UNCLOSED,      /* the daemon was cut off while the client was here (the journal) */
    LEFT_REASONS,
};

enum refused_why {
    REFUSED_FULL,
    REFUSED_NETWORK,      /* the address is not allowed */
    REFUSED_ADDRESS,      /* the address has enough clients */
    REFUSED_ADDRESS_RATE, /* connections come too fast from the address */
    REFUSED_RATE,         /* connections come too fast */
    REFUSED_KEY,          /* the client does not know the room's key */
    REFUSED_PROTOCOL,     /* the client speaks another protocol */
    REFUSED_DESCRIPTORS,  /* the system has no descriptor */
    REFUSED_PROCESSES,    /* the system has no process */
    REFUSED_VISITS,       /* too many connections that are not clients yet */
    REFUSED_DRAINING,     /* the daemon ends when those inside have left */
    REFUSED_REASONS,
};

/* Each reason is worded here and nowhere else. */
struct reason {
    const char *key;    /* JSON: the name of the counter */
    const char *words;  /* for people: what the counter counts */
    const char *logged; /* in the log, and in the history */
    const char *told;   /* the line that the client gets; NULL: none, or the handler words it */
};

/* For an invalid value (the table may be damaged) all words are "unknown". */
const struct reason *left_reason(enum left_why why);
const struct reason *refused_reason(enum refused_why why);

/* The reason with this key; LEFT_REASONS or REFUSED_REASONS for a word that is no key. */
enum left_why left_by_key(const char *key);
enum refused_why refused_by_key(const char *key);

/* The reason of a kick that the client caused itself: it took its name back from a new connection.
 * An operator's kick without a reason uses left_reason(LEFT_KICKED)->told. */
#define REASON_BACK "You are back with another connection."

/* What the log could not take, counted by all processes of the daemon. */
struct log_losses {
    _Atomic uint64_t lines;
    _Atomic uint64_t untold;   /* of these, those that the log does not tell of yet */
    _Atomic uint64_t torn;     /* 1: the last line was taken in part, without its end */
    _Atomic uint64_t reopened; /* how often all were told to open the log's file anew */
};

/* ---- the table */

/* All since the daemon started. */
struct counters {
    uint64_t accepted, reaped, recovered;
    uint64_t lock_waits; /* times that a handler waited for the lock */
    uint64_t slowed;     /* times that a client asked too fast and was made to wait */
    uint64_t log_lost;   /* lines that the log could not take at once */
    uint64_t unrecorded; /* events that could not be written to the journal */
    uint64_t refused[REFUSED_REASONS];
    uint64_t left[LEFT_REASONS];
};

/* Sums over the sessions that have ended, which only grow. Sessions are also counted by length:
 * those of up to lasted_bound(i) seconds that are longer than the bound before. */
#define LASTED_BOUNDS 10
struct totals {
    uint64_t requests, messages, bytes_in, bytes_out;
    uint64_t lasted_ns;
    uint64_t lasted[LASTED_BOUNDS + 1]; /* the last: longer than any bound */
};
uint32_t lasted_bound(size_t number);

struct table_about {
    uint32_t slots, top; /* top: no slot from this one on is in use */
    uint32_t limit;      /* clients admitted at once; at most `slots` */
    uint32_t draining;   /* 1: nobody is admitted any more, and the daemon ends with the last */
    uint32_t waiting;    /* connections in the queue of a full room */
    int64_t started;
    uint64_t earlier; /* sessions of earlier runs, which the journal knows: serials follow them */
    pid_t pid;        /* the parent's */
};

struct table_memory; /* shm/table/layout.h */

/* A table that is mapped: by registry_create in the parent and its handlers, else by view_open. */
struct table {
    struct table_memory *memory;
    size_t size; /* bytes */
    char runtime[TABLE_RUNTIME];
    char missing[TABLE_MISSING]; /* what the system could not confine; "": nothing */
    struct table_about made;     /* what the parent put into the table, as it must stay there */
    int fd; /* the parent's carries the lock that shows that the daemon lives: never close it */
    char path[TABLE_ROOM_MAX + 16]; /* the object's name */
    bool counts_names; /* the system counts an object's names: one that was removed has none */
};

/* What a handler needs to act for its session. When the session begins, the reader is all zero. */
struct slot {
    struct table *table;
    uint32_t number;
    uint64_t serial;
    struct reader reader;
};

/* Whether a room may have this name: 1 to TABLE_ROOM_MAX letters, digits, '-', '_' and '.', the
 * first no '.'. */
bool table_room_valid(const char *room);

/* The value of --name (an option_set of server/wire/options.h): stores a valid name in a field of
 * type const char *. False: *expected says what a name is. */
bool table_room_set(void *field, const char *value, char *expected, size_t size);

#endif
