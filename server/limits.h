/* Every bound of the daemon, with its unit and its reason. Those of the wire are in
 * server/wire/protocol.h and those of the table in shm/table/, because they are part of what is
 * laid down there. A name that ends in _MS is in milliseconds, in _S in seconds, in _TICKS in
 * LIMIT_TICK_MS. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include <stdint.h>

#include "shm/table/types.h"

/* ---- the parent: sockets and clients */
#define LIMIT_CLIENTS        3           /* clients by default, as in the original */
#define LIMIT_CLIENTS_MOST   TABLE_SLOTS /* clients, in a setting */
#define LIMIT_BINDS          16    /* addresses to listen at: more than a machine has networks */
#define LIMIT_LISTENERS      32    /* listening sockets, inherited ones included */
#define LIMIT_NETWORKS       64    /* networks in each of --allow, --deny, --exempt */
#define LIMIT_ADDRESSES      4096  /* addresses counted beside those of the clients */
#define LIMIT_BACKLOG        16384 /* connections to be accepted; systems allow less */
#define LIMIT_ACCEPTS        64    /* accepted between two looks at signals, children */
#define LIMIT_REFUSED_HELD   64    /* refused connections open until the peer has read why */
#define LIMIT_REFUSED_MS     2000  /* for which one of those is kept at most */
#define LIMIT_ASK_MS         1000  /* of them, in which a client may ask to wait for a place */
#define LIMIT_ACCEPT_REST_MS 250   /* of no accepting when no descriptor or process is free */
#define LIMIT_FULL_WAIT_MS   100   /* for a client that is leaving, before "full" is said */
#define LIMIT_REQUESTS_TURN  16    /* rollcallctl's, between two looks at signals, children */
#define LIMIT_SUCCESSOR_MS   4000  /* for a new program to be tried; rollcallctl waits longer */
#define LIMIT_PARCEL         (32 << 20) /* bytes that it takes over: the largest room has 8 MB */
#define LIMIT_ALIVE_MS       10         /* between two signs of life for a service manager */
#define LIMIT_PARENT_FILES   192 /* descriptors: listeners, connections refused, waiting; some */

/* ---- the parent: the queue of a full room */
#define LIMIT_WAITING         64    /* connections: more would wait for hours */
#define LIMIT_WAITING_LOOK_MS 50    /* between two looks at them, and for free slots */
#define LIMIT_WAITING_TELL_MS 30000 /* between two lines to each: proxies end what is silent */
#define LIMIT_WAITING_S       86400 /* for which one waits at most */
#define LIMIT_WAITING_BYTES   4096  /* that it may have sent ahead: its handler reads them */
#define LIMIT_WAITING_FRAMES  4     /* of a WebSocket, answered in one look */

/* ---- the parent: visits */
#define LIMIT_VISITS          256 /* at once */
#define LIMIT_VISITS_ADDRESS  32  /* from one address: a browser opens six */
#define LIMIT_VISITS_CLIENT   40  /* for one of --address-rate: the page has 30 files */
#define LIMIT_VISITS_SENDING  192 /* of all: the page and the room stay open */
#define LIMIT_SENDING_ADDRESS 24  /* of those from one address */
#define LIMIT_VISITS_FILES    (2 * LIMIT_VISITS) /* descriptors of the parent for them */
#define LIMIT_PROXY_MS        3000  /* for a proxy's header: it comes with the connection */
#define LIMIT_VISIT_MS        15000 /* for a visit that sends no file; then it is killed */

/* ---- a visit: HTTP */
#define LIMIT_WEB_HEAD    8192  /* bytes of a request: its line and its fields */
#define LIMIT_WEB_FIELDS  64    /* fields in it */
#define LIMIT_WEB_HEAD_MS 10000 /* for all of them to come */

/* ---- a WebSocket */
#define LIMIT_WEB_TEXT    65536 /* bytes of a message with lines; each line has its own bound */
#define LIMIT_TOKEN_S     3600  /* for which a link to a file is good */
#define LIMIT_WEB_PING_MS 30000 /* of silence before the client is asked whether it is there */

/* ---- the parent: handlers and the table */
#define LIMIT_SHUTDOWN_MS  4000 /* for handlers to end; five seconds are promised in all */
#define LIMIT_SEND_AWAY_MS 3000 /* for a handler to end after a kick; then it is killed */
#define LIMIT_TICK_MS      150  /* between two looks at all children, the lock, part of the table */
#define LIMIT_PLACES_MS    1000 /* between two looks at the paths of what is open */
#define LIMIT_REAP_MS      10   /* between two looks at the children while shutting down */
#define LIMIT_LOCK_TICKS   4    /* with the lock in the same hands; then it is recovered */
#define LIMIT_LOOK_TICKS   6    /* until each slot of the table was looked at once */
#define LIMIT_GONE_MS      2500 /* of a handler without a record: leaving takes less */
#define LIMIT_QUIESCE_MS   150  /* for a handler to leave a retired lock; then it is killed */

/* ---- the configuration file */
#define LIMIT_CONFIG 65536 /* bytes: some thousand lines */

/* ---- the journal */
#define LIMIT_JOURNAL_MS 1000 /* for the clerk to say a word to a handler */
#define LIMIT_JOURNAL_SYNC_MS                                                                      \
    30000                         /* for the disk, once the clerk has said that it waits for it    \
                                   */
#define LIMIT_JOURNAL_AGAIN_MS  5 /* before a handler asks again of whom the clerk did not know */
#define LIMIT_JOURNAL_START_MS  10000 /* for the clerk to read the journal at the start */
#define LIMIT_JOURNAL_LOCK_MS   3000  /* of them, for the clerk of a daemon that has just ended */
#define LIMIT_JOURNAL_REOPEN_MS 4000  /* for it to reopen the journal; rollcallctl waits longer */
#define LIMIT_JOURNAL_END_MS    1000  /* for the clerk to write the end */
#define LIMIT_JOURNAL_FLUSH_MS  5000  /* until what is not acknowledged is on the disk, too */
#define LIMIT_JOURNAL_FULL_MS   1000  /* between two attempts to write to a full disk */
#define LIMIT_JOURNAL_ALIVE_MS  60000 /* without a line, until one says that the daemon lives */
#define LIMIT_JOURNAL_KEPT      (1 << 20) /* bytes of lines that wait for a full disk */
#define LIMIT_JOURNAL_QUEUE     4096 /* notes that the parent keeps for a clerk that takes none */
#define LIMIT_CLERK_FILES       64   /* descriptors of the clerk */

/* ---- a handler */
#define LIMIT_GOODBYE_MS     1000  /* for a client that does not read to take its last line */
#define LIMIT_RETIRE_MS      1000  /* for the parent to take a handler's request */
#define LIMIT_BELL_GROUP     64    /* slots for which a group of its own is worth a descriptor */
#define LIMIT_LOOK_MS        50    /* between two looks for lines, on a system without wake-ups */
#define LIMIT_EARLIER        64    /* earlier lines shown to a client that joins, by default */
#define LIMIT_LIST_NAMES     65536 /* names in one listing, which is held in memory */
#define LIMIT_DIGEST_TRIES   3     /* readings of a file that changes while it is read */
#define LIMIT_WORKING_MS     1000  /* between two lines that say how far a digest is */
#define LIMIT_DIGEST_WAIT_MS 20    /* between two looks for another handler's digest */
#define LIMIT_LIST_PART      64    /* names looked at between two looks at the client */
#define LIMIT_WORK_AT_ONCE   4     /* parts of long work that are done before the first such look */
#define LIMIT_SEND_CHUNK     (1 << 20)    /* bytes of a file between two looks at the table */
#define LIMIT_CHUNK          65536        /* bytes of a file read or received at once */
#define LIMIT_PIECE_FIRST    65536        /* bytes in the first piece of a file (pieces:) */
#define LIMIT_PIECE_LEAST    4096         /* bytes in a piece for the slowest client */
#define LIMIT_PIECE_MOST     (256 * 1024) /* bytes in a piece for the fastest */
#define LIMIT_PIECE_MS       200          /* that a piece should take: a kick waits for its end */
#define LIMIT_VERSIONS       99999        /* of a file handed in: five digits fit beside its name */

/* ---- hand-ins, by default: the videos of a class of forty fit, and nobody can fill the disk */
#define LIMIT_INBOX_FILE    (UINT64_C(1) << 30)   /* bytes of a file */
#define LIMIT_INBOX_CLIENT  (UINT64_C(2) << 30)   /* bytes of a client's files */
#define LIMIT_INBOX_TOTAL   (UINT64_C(50) << 30)  /* bytes of all files */
#define LIMIT_INBOX_FILES   1000                  /* files of a client: each hand-in counts them */
#define LIMIT_INBOX_FREE    (UINT64_C(256) << 20) /* bytes that stay free on the disk */
#define LIMIT_INBOX_PARTS_S 86400      /* for which a part is kept: homework goes on the next day */
#define LIMIT_INBOX_PARTS   1024       /* parts of all clients: each hand-in counts them */
#define LIMIT_INBOX_AHEAD   (16 << 20) /* bytes allocated for a hand-in before they come */
#define LIMIT_PART_WAIT_MS  1000       /* for a client's earlier session to let go of a part */
#define LIMIT_PARTS_MS      60000      /* between two looks for parts whose time is over */

/* ---- what one client may do, by default */
#define LIMIT_PER_ADDRESS  16        /* clients: more than a person has windows */
#define LIMIT_ADDRESS_RATE 20        /* connections a second from one address */
#define LIMIT_REQUEST_RATE (1 << 20) /* bytes of requests a second */
#define LIMIT_REQUEST_COST 64        /* bytes that each request counts beside its own */
#define LIMIT_BURST_S      10        /* of LIMIT_REQUEST_RATE that may come at once: a paste */
#define LIMIT_LINE_S       60        /* from the first byte of a line to its end */
#define LIMIT_WRONG_KEY_MS 1000      /* before a client is told that its key is wrong */
#define LIMIT_MIN_RATE     256       /* bytes a second that a client takes, or sends of a file */
#define LIMIT_PATIENCE_S   60        /* over which that rate is measured */
#define LIMIT_KEEPALIVE_S  60    /* of silence before TCP probes, and as long until it gives up */
#define LIMIT_SECONDS_MOST 86400 /* seconds, in a setting */
#define LIMIT_DAYS_MOST    (366 * 86400) /* seconds, in a setting of what is kept */
#define LIMIT_RATE_MOST    1000000       /* connections a second, in a setting */

#endif
