/* What the parent hands to a visit, and what a visit tells the parent. This is the only interface
 * between them. A visit is the process of a connection whose beginning must be read before it is
 * known what it is. It has no slot, and the parent keeps a copy of the connection until the visit
 * has ended. */
#ifndef SERVER_VISITOR_H
#define SERVER_VISITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/table/types.h"

enum visit_kind {
    VISIT_WEB,         /* HTTP: the page, files, or a member over WebSocket */
    VISIT_PROXIED_WEB, /* the same, behind a proxy's header */
    VISIT_PROXY,       /* a proxy's header, before a client's first line */
    VISIT_PROXY_WEB,   /* a proxy's header, before HTTP */
};

static inline bool visit_is_http(enum visit_kind kind)
{
    return kind == VISIT_WEB || kind == VISIT_PROXIED_WEB;
}

struct visitor {
    enum visit_kind kind;
    int fd;     /* the connection; as those of platform_accept */
    int parent; /* a record channel, for notes; the parent sees its end when the visit has ended */
    int lifeline; /* at end of file when the parent shuts down or has died */
    struct peer peer;
    int64_t came_ns; /* monotonic */
    char from[PEER_TEXT];
};

enum visit_word {
    VISIT_ADMIT,   /* when I have ended, admit this connection; nothing behind its head was read */
    VISIT_SENDS,   /* may it go out, for as long as it takes? answered by a byte, 1 or 0 */
    VISIT_FETCHED, /* a file went out, to whom SENDS named */
    VISIT_WAITS,   /* as VISIT_ADMIT, and where the room is full, it waits for a slot */
};

/* A record, whole. */
struct visit_note {
    uint32_t word;       /* enum visit_word */
    uint32_t slot;       /* SENDS: to the member in this slot, */
    uint64_t serial;     /* of this session; 0: to nobody who is known */
    uint64_t done, size; /* FETCHED: up to byte `done` of `size` */
    char file[FILE_NAME_SIZE];
    struct peer peer; /* ADMIT, by a proxy's visit: whose connection it is */
};

#endif
