/* One client's session, in a process of its own: greets, reads requests, has the verbs answer them,
 * and leaves. What the cmd_*.c need to answer is here too. */
#ifndef SERVER_HANDLER_SESSION_H
#define SERVER_HANDLER_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/courier.h"
#include "server/files/inbox.h"
#include "server/wire/key.h"
#include "server/wire/line.h"
#include "server/wire/protocol.h"
#include "shm/table/registry.h"

/* How long a client may take, and how fast it may ask. 0 is no limit. */
struct session_limits {
    uint64_t request_rate;    /* bytes a second, beside LIMIT_REQUEST_COST for each request */
    unsigned long line_s;     /* seconds from a line's first byte to its LF */
    unsigned long idle_s;     /* seconds between two requests */
    uint64_t min_rate;        /* bytes a second that it takes or sends, where it should, */
    unsigned long patience_s; /* measured over so many seconds (not 0) */
};

/* What all clients are served with. */
struct service {
    int share; /* descriptor of the shared directory */
    const struct inbox *inbox;
    const struct key *key;
    const char *room;
    unsigned long earlier; /* lines that who joins is shown */
    struct session_limits limits;
};

struct session {
    struct table *table;
    const struct service *service;
    volatile sig_atomic_t called; /* by the parent, or by the system when that ended */
    volatile sig_atomic_t fd;     /* the client; -1: none yet */
    int lifeline;
    uint32_t slot;
    struct courier courier;
    bool owes_ring;   /* others have something to hear, and do not know it yet */
    bool listening;   /* a line from the room is as welcome as a request */
    bool rung;        /* the bell was heard, and no request */
    bool watchful;    /* it waits for more than its client, */
    sigset_t waiting; /* with these signals blocked */
    struct record me; /* published whenever replies go out */
    bool present;     /* in the table */
    bool ended;       /* no more requests; `why` says why */
    enum left_why why;
    bool mute;             /* the stream broke off in the middle: nothing more may be sent */
    uint64_t rest;         /* where the next file is to begin */
    size_t piece;          /* files are sent in pieces, of so many bytes now; 0: in one */
    uint32_t kicked_at;    /* the slot where the reason of a kick stands */
    int64_t goodbye_until; /* monotonic ns, once it is to end; else 0 */
    enum left_why parting; /* and why */
    int64_t line_since;    /* since when a line is under way; 0: none is */
    int64_t idle_since;    /* since when a request is waited for; 0: one is answered */
    int64_t due;           /* when its requests so far would have come at exactly the rate */
    int64_t pace_since;    /* since when it is measured how fast bytes go, */
    uint64_t pace_bytes;   /* and how many had gone then */
    struct line_reader reader;
    size_t used; /* bytes of replies not yet sent */
    char replies[4 * PROTOCOL_REPLY_MAX];
};

/* The parent, once, before it forks: the session of its handlers, zeroed. SIGUSR1 tells them that
 * there is something to see in the table, or that their parent ends. */
void session_prepare(struct session *session);

/* Serves the client until it leaves or is lost. Returns the status to exit with, which closes the
 * connection: 0, or that the parent is to ring for those whom this handler could not ring for. */
enum { SESSION_OWES_RING = 3 };
int session_run(struct session *session, struct table *table, const struct admitted *admitted,
                const struct service *service);

/* Replies are collected, and sent when the client has nothing more to ask for now. One that is
 * longer than PROTOCOL_REPLY_MAX is cut. After a failure they do nothing: the session has ended. */

/* "CODE text": a reply of one line. */
void session_reply(struct session *session, enum reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A reply of several lines: "CODE-text", any number of " text", "CODE End". */
void session_open(struct session *session, enum reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void session_item(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void session_close(struct session *session, enum reply_code code);

/* What is done for the client now, for the table: "WORD NAME", and of how many bytes. */
void session_doing(struct session *session, const char *word, const char *name, uint64_t total);
void session_done(struct session *session, uint64_t more);
void session_idle(struct session *session);

/* Sends the bytes of a file from `offset` to `size` after what was replied so far, in pieces where
 * the client asked for that. If the file turns out to be shorter the session ends, for the client
 * waits for bytes that do not exist. A session that is to end ends between two pieces, and the
 * client is told why; without pieces, or where the client does not take the rest of one in time,
 * the connection is cut. */
void session_send_file(struct session *session, int file, uint64_t offset, uint64_t size);

/* Receives so many bytes, which are given to `take` as they come; 350 was replied. False: they did
 * not all come, and the session has ended. */
typedef void session_take(void *context, const void *data, size_t size);
bool session_receive_file(struct session *session, uint64_t length, session_take *take,
                          void *context);

/* Writes a transfer of this file down in the table; client and time are filled in. False: that is
 * not possible now, and the reply says so. */
bool session_note(struct session *session, struct transfer *transfer, const char *name);

/* For long work between two bytes from or to the client: sleeps for so long (0: not), and says
 * whether to go on. False: the session is to end, and the client will be told. */
bool session_may_go_on(struct session *session, int ms);

/* No more requests. The first reason given is the one that counts. */
void session_end(struct session *session, enum left_why why);

#endif
