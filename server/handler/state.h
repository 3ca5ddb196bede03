/* The state of one client's session, and how it ends. All files of this folder use it; each part is
 * written by the file that its comment names. */
#ifndef SERVER_HANDLER_STATE_H
#define SERVER_HANDLER_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/admitted.h"
#include "server/handler/knock.h"
#include "server/web/websocket.h"
#include "server/wire/key.h"
#include "server/wire/line.h"
#include "server/wire/protocol.h"
#include "shm/table/types.h"

struct incoming;
struct work;

/* The phase decides which code gets the client's next line. */
enum phase {
    GREETING, /* the answer to the key's challenge is awaited (hello) */
    ARRIVED,  /* in the table, but not announced: is the first line one of ours? (knock) */
    PRESENT,  /* in the table; requests are answered (verbs) */
    PARTING,  /* no more requests are taken; a reply or piece may be finished until part_by */
    MUTE,     /* the stream broke off in the middle: nothing more can be said */
};

/* Of a WebSocket. */
struct frames {
    bool line_open;           /* the text so far does not end in an LF */
    bool announced;           /* the binary bytes that come have their request */
    bool closed;              /* a close was sent */
    enum websocket_code code; /* to close with; 0: as the session's end says */
    int64_t pinged;           /* clock_now; 0: not since something came */
    uint64_t bytes_left;      /* of the binary message that is being sent */
    struct websocket in;
};

#define STATE_REPLIES ((size_t)4 * PROTOCOL_REPLY_MAX) /* bytes */

struct session {
    const struct service *service;
    struct slot slot; /* of the table; also what this session has heard */
    struct record me; /* published whenever replies are sent */
    bool recorded;    /* `me` is in the table (session) */

    uint64_t noted; /* notes to the clerk (recording) */

    /* how it ends (state) */
    enum phase phase;
    enum left_why why;  /* from PARTING on */
    int64_t part_by;    /* monotonic ns, from PARTING on */
    enum knock knock;   /* for LEFT_PROTOCOL */
    uint32_t kicked_at; /* the slot that holds the kick's reason, perhaps an earlier session's */

    /* waiting (wait) */
    volatile sig_atomic_t called; /* by the parent, or by the system when the parent ended */
    volatile sig_atomic_t fd;     /* the connection; -1: none yet */
    int lifeline;
    bool framed;  /* it is a WebSocket (frames) */
    bool polling; /* waits in pselect(2), with these signals unblocked there */
    sigset_t waiting;
    bool wants_wakeup, woken; /* whether a wake-up ends wait_for; whether one did */

    /* limits of time and rate (pace) */
    int64_t line_since;  /* when the current unfinished line began; 0: there is none */
    int64_t idle_since;  /* since when a request is awaited; 0: one is being answered */
    int64_t came;        /* when bytes came last: a ping's, too, which me.active_ns leaves out */
    int64_t due;         /* when the last of its requests would have come at exactly the rate */
    int64_t pace_since;  /* when measuring the pace of a transfer began, */
    uint64_t pace_bytes; /* and how many bytes had gone then */

    /* files (transfer) */
    uint64_t rest; /* offset at which the next file begins */
    size_t piece;  /* bytes of the next piece to the client; 0: files are sent and received whole */
    struct {
        int file; /* descriptor; -1: nothing is being sent in pieces */
        off_t offset;
        uint64_t size;
        char name[FILE_NAME_SIZE];
    } sending;
    struct {
        const char *name; /* NULL: nothing is being received */
        uint64_t done, size;
    } receiving;
    bool ended; /* the client sends nothing more, but a download or work goes on (conn, work) */
    struct incoming *incoming; /* a hand-in that comes in pieces; NULL: none (incoming) */

    /* long work for a request (work) */
    struct {
        const struct work *work; /* NULL: none is under way */
        void *context;
        const char *word, *name; /* what the table shows of it; NULL: nothing yet */
        uint64_t done, total;
        int64_t told; /* when the client was last told how far it is; 0: not yet */
        bool aside;   /* its reply comes later than those to other requests */
    } working;

    /* hearing others, and being heard (relay, reply) */
    bool joined;
    bool numbered;     /* room lines go out with their numbers and times */
    uint64_t replaced; /* the session whose name this one took back with the secret; 0: none */
    int watch;         /* where this handler waits for wake-ups (bell_watch); -1: nowhere */
    bool ring_due;     /* other handlers have new lines, and are woken when the replies are sent, */
    int64_t ring_later; /* or so many ns later */

    char challenge[KEY_HEX_SIZE]; /* in GREETING (hello) */

    /* the request that waits for the end of a download or of work; length 0: none (session) */
    size_t held_length; /* of held, which stands at the end */

    /* the connection's buffers (frames, conn, reply): the state and a short line share a page, and
     * what is sent has another. A session that touches more costs more. */
    struct frames frames;
    struct line_reader reader;
    _Alignas(4096) size_t used; /* bytes of replies that were not sent yet */
    char output[WEBSOCKET_HEAD_MAX + STATE_REPLIES];

    char held[PROTOCOL_REQUEST_MAX + 1]; /* last, because it is rarely touched */
};

/* The replies: behind the room for the head of the frame that they become in a WebSocket. */
static inline char *state_replies(struct session *session)
{
    return session->output + WEBSOCKET_HEAD_MAX;
}

/* Whether a file is being sent in pieces. */
static inline bool state_is_sending(const struct session *session)
{
    return session->sending.file >= 0;
}

/* Whether the session has something to do without another request. */
static inline bool state_is_busy(const struct session *session)
{
    return session->sending.file >= 0 || session->working.work != NULL;
}

/* PARTING, with the goodbye's time from now on. The first reason counts. */
void state_part(struct session *session, enum left_why why);

/* MUTE: the session ends in the middle of what was being sent. */
void state_break_off(struct session *session, enum left_why why);

/* MUTE, because waiting or writing failed with this errno: ETIMEDOUT, the client did not read;
 * ECANCELED, the goodbye's time is over; else the connection is lost. */
void state_lose(struct session *session);

/* Brings the table up to date, if the session is in it. */
void state_publish(struct session *session);

#endif
