/* What the supervisor hands a handler. */
#ifndef SERVER_ADMITTED_H
#define SERVER_ADMITTED_H

#include <stdint.h>

#include "server/wire/clock.h"
#include "shm/table/registry.h"

struct admitted {
    int fd;        /* the client; blocks where platform_accept's do */
    int lifeline;  /* reads as ended when the parent shuts down or dies */
    uint32_t slot; /* from 0 */
    uint64_t serial;
    struct peer peer;
    int64_t connected, connected_ns;              /* seconds since the Epoch; monotonic */
    char from[PEER_TEXT], when[CLOCK_LOCAL_SIZE]; /* the same, to be shown */
};

#endif
