/* Every bound of the daemon, with its unit and its reason. The wire's own are in
 * server/wire/protocol.h, the table's in shm/table/registry.h: they are part of those layouts. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include <stdint.h>

#include "shm/table/registry.h"

#define LIMIT_CLIENTS        3           /* clients by default, as in the original */
#define LIMIT_CLIENTS_MOST   TABLE_SLOTS /* clients */
#define LIMIT_BINDS          16          /* --bind options: more than a machine has networks */
#define LIMIT_LISTENERS      32          /* sockets, inherited ones included */
#define LIMIT_NETWORKS       64          /* in each of --allow, --deny and --exempt */
#define LIMIT_ADDRESSES      4096        /* remembered beside those of the clients */
#define LIMIT_BACKLOG        16384 /* connections coming at once; the system's limit is less */
#define LIMIT_ACCEPTS        64    /* accepted between two looks at signals and children */
#define LIMIT_REFUSED_HELD   64    /* refused connections kept open until they have read */
#define LIMIT_REFUSED_MS     2000  /* for so long */
#define LIMIT_ACCEPT_REST_MS 250   /* pause where no descriptor or process is to be had */
#define LIMIT_FULL_WAIT_MS   100   /* wait for one who is just leaving before "full" */
#define LIMIT_SHUTDOWN_MS    4000  /* for handlers to end by themselves; five in all */
#define LIMIT_GOODBYE_MS     1000  /* for the last line to a client that does not read */
#define LIMIT_SEND_AWAY_MS   3000  /* for a handler that is told to end; then it is killed */
#define LIMIT_RETIRE_MS      1000  /* for the parent to take a handler's request */
#define LIMIT_REQUESTS_TURN  16    /* of rollcallctl's, between two looks at signals and children */
#define LIMIT_RING_MS        10    /* until a bell that could not be rung is rung again */
#define LIMIT_TICK_MS        150   /* looks at all children, the lock and a part of the table */
#define LIMIT_REAP_MS        10    /* the same at the children alone, while shutting down */
#define LIMIT_LOCK_TICKS     4     /* with the lock stuck: recovered */
#define LIMIT_GONE_MS        2500  /* from the table, while the handler lives: it ends sooner */
#define LIMIT_LOOK_TICKS     6     /* looks until all slots of the table were looked at */
#define LIMIT_QUIESCE_MS     150   /* for a handler to leave a retired lock before it is killed */
#define LIMIT_EARLIER        64    /* lines shown to who joins */
#define LIMIT_LIST_NAMES     65536 /* names in one listing; memory for them, not time */
#define LIMIT_DIGEST_TRIES   3     /* readings of a file that changes under its digest */
#define LIMIT_DIGEST_WAIT_MS 20  /* between two looks for a digest that another handler computes */
#define LIMIT_PARENT_FILES   128 /* descriptors: listeners, refused ones, and some; each process */
#define LIMIT_SEND_CHUNK     (1 << 20) /* bytes of a file between two looks at the table */
#define LIMIT_PIECE_FIRST    65536     /* bytes of a file's first piece (pieces:) */
#define LIMIT_PIECE_LEAST    4096      /* and of one to the slowest client */
#define LIMIT_PIECE_MOST     (256 * 1024)
#define LIMIT_PIECE_MS       200   /* that a piece should take: a kick waits for its end */
#define LIMIT_CHUNK          65536 /* bytes of a file that are read or received at once */
#define LIMIT_VERSIONS       99999 /* of a file handed in; five digits fit beside its name */

/* Hand-ins by default: a class of forty that hands in videos fits, a joker does not fill the disk
 */
#define LIMIT_INBOX_FILE   (UINT64_C(1) << 30)   /* bytes of a file */
#define LIMIT_INBOX_CLIENT (UINT64_C(2) << 30)   /* bytes of a client's files */
#define LIMIT_INBOX_TOTAL  (UINT64_C(50) << 30)  /* bytes of all */
#define LIMIT_INBOX_FILES  1000                  /* files of a client: they are counted each time */
#define LIMIT_INBOX_FREE   (UINT64_C(256) << 20) /* bytes that the disk keeps */

/* What one client may do, by default */
#define LIMIT_PER_ADDRESS  16        /* clients: more than a person has windows */
#define LIMIT_ADDRESS_RATE 20        /* connections a second from one address */
#define LIMIT_REQUEST_RATE (1 << 20) /* bytes of requests a second */
#define LIMIT_REQUEST_COST 64        /* bytes that a request counts beside its own */
#define LIMIT_BURST_S      10        /* seconds' worth of requests that may come at once: a paste */
#define LIMIT_LINE_S       60        /* to end a line that was begun */
#define LIMIT_WRONG_KEY_MS 1000      /* before a client is told that its key is wrong */
#define LIMIT_MIN_RATE     256       /* bytes a second that a reader takes, and a sender sends */
#define LIMIT_PATIENCE_S   60        /* measured over so long */
#define LIMIT_KEEPALIVE_S  60        /* of silence, then probes; gone after twice that */
#define LIMIT_SECONDS_MOST 86400     /* in a setting */
#define LIMIT_RATE_MOST    1000000   /* connections a second, in a setting */

#endif
