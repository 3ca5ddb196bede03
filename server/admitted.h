/* What the parent hands to a handler: the resources shared by all handlers, and the handler's
 * client. This is the only interface between parent and handler. */
#ifndef SERVER_ADMITTED_H
#define SERVER_ADMITTED_H

#include <stdbool.h>
#include <stdint.h>

#include "server/bell.h"
#include "server/files/inbox.h"
#include "server/wire/clock.h"
#include "server/wire/key.h"
#include "shm/table/types.h"

/* What a handler writes to `requests`: its client is back with another connection, so the session
 * `serial` at `slot` is to end. Whole, because it is shorter than PIPE_BUF. */
struct retire_request {
    uint64_t serial;
    uint32_t slot;
};

/* Limits of time and rate for each client. 0 disables a limit, except patience_s. */
struct session_limits {
    uint64_t request_rate;    /* bytes a second, and LIMIT_REQUEST_COST for each request */
    unsigned long line_s;     /* seconds from a line's first byte to its LF */
    unsigned long idle_s;     /* seconds between two requests */
    uint64_t min_rate;        /* bytes a second that the client takes or sends during a transfer */
    unsigned long patience_s; /* seconds over which min_rate is measured; at least 1 */
};

struct web;

/* The resources and settings shared by all handlers. */
struct service {
    int share;              /* descriptor of the shared directory */
    const char *share_path; /* absolute; NULL: not known */
    const char *user;       /* that the daemon has become; NULL: it has changed to none */
    const struct inbox *inbox;
    const struct bell *bell;
    int requests; /* pipe on which a handler asks the parent to end a session
                     (server/parent/control.h) */
    int journal;  /* where the clerk is told what to record (server/journal.h); -1: nowhere */
    const struct key *key;
    const struct web *web; /* server/web/web.h; NULL: no page is served */
    const char *room;
    unsigned long earlier; /* lines shown to a client that joins */
    struct session_limits limits;
};

/* One client that was let in. */
struct admitted {
    int fd;        /* the connection; blocking like those of platform_accept */
    uint32_t via;  /* enum via; VIA_WEB: it is a WebSocket */
    int lifeline;  /* at end of file when the parent shuts down or has died */
    uint32_t slot; /* from 0 */
    uint64_t serial;
    struct peer peer;
    int64_t connected, connected_ns;              /* seconds since the Epoch; monotonic */
    char from[PEER_TEXT], when[CLOCK_LOCAL_SIZE]; /* the same, to be shown */
};

#endif
