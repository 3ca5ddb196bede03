/* The connection to a rollcalld: connects, sends requests, reads answers. Shows nothing. */
#ifndef CLIENT_LINK_REMOTE_H
#define CLIENT_LINK_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/limits.h"
#include "client/link/due.h"
#include "client/link/room_line.h"
#include "server/wire/key.h"
#include "server/wire/line.h"
#include "server/wire/protocol.h"

/* Waits like poll(2) for one descriptor (-1: none), and may do other work meanwhile. Returns -1
 * with errno ECANCELED if the user stopped what is waited for, and -1 with EAGAIN, while
 * remote->awaits, if remote->between has something to do. */
typedef int remote_wait(void *context, int fd, short events, int ms);

/* Takes a line that the room sent. */
typedef void remote_room(void *context, const struct room_line *line);

/* Takes the last line of the answer to a request that the user stopped: the one after which
 * remote->stopped was `number`. */
typedef void remote_late(void *context, unsigned number, const struct reply_line *reply);

/* Takes bytes of a file that comes in pieces. */
typedef void remote_sink(void *context, const void *data, size_t size);

/* Called between two pieces of a file, and while the answer to a request about a file is awaited:
 * may send other requests. False: the session has ended, and the user has been told why. */
typedef bool remote_between(void *context);

struct remote {
    /* the caller sets these before connect_to */
    struct key key;    /* the room's; of length 0 until the user is asked for it */
    unsigned retries;  /* attempts to reconnect after a connection was lost during a transfer */
    bool anonymous;    /* it hands in under the name that the server gives */
    unsigned ping_s;   /* seconds without a request after which remote_ping sends one; 0: never */
    remote_wait *wait; /* NULL: poll(2) */
    remote_room *room; /* NULL: the client has not joined, so the room's lines are errors */
    remote_between *between; /* NULL: nothing else is asked */
    remote_late *late;       /* NULL: such answers are dropped */
    void *context;           /* of wait, room, between and late */

    int fd;
    int patience_ms;                  /* waits so long for the next byte */
    int64_t asked;                    /* clock_now of the last request */
    uint64_t received, sent;          /* bytes of files, over all connections */
    char name[PROTOCOL_NAME_MAX + 1]; /* what this client is called now, not sanitized */
    char nick[PROTOCOL_NAME_MAX + 1]; /* the name that it took; "": none */
    char secret[64];                  /* takes that name back over a new connection; "": none */
    bool name_lost;          /* another client has taken the name since a connection was lost */
    const char *host, *port; /* the caller's, kept to connect again */
    char session[PROTOCOL_SESSION_SIZE]; /* the name of this session or of the one before; "":
                                            unknown */
    bool asked_pieces, in_pieces;        /* of this connection: whether files come in pieces */
    bool numbered;                       /* of this connection: the room's lines have numbers */
    bool moving;                         /* a transfer in pieces is running, in either direction */
    remote_sink *sink;                   /* gets the pieces of a download; NULL: they are dropped */
    bool fed;                            /* a piece has gone there since this was cleared */
    void *sink_context;                  /* of sink */
    uint64_t piece;                      /* bytes that are still to come of the piece being read */
    uint64_t to_give;                    /* bytes that are still to be given of an upload */
    bool awaits;      /* an answer is awaited, and other requests can be made meanwhile */
    bool works;       /* the server has said that it works on that answer, */
    unsigned percent; /* and how far it is */

    struct due_list due; /* answers that have not come */
    unsigned stopped;    /* requests that the user stopped, over all connections */

    bool cut;                             /* the server has ended the transfer early, */
    char why_cut[PROTOCOL_REPLY_MAX + 1]; /* the server's reason, not sanitized */
    bool sent_away; /* the server ended the session with 421, and not because it shut down */
    char farewell[PROTOCOL_REPLY_MAX + 1]; /* the text of that 421, not sanitized */
    struct line_reader reader;
};

enum remote_state {
    REMOTE_READY,
    REMOTE_CLOSED,  /* the server closed the connection */
    REMOTE_BROKEN,  /* errno */
    REMOTE_SILENT,  /* no byte came in time */
    REMOTE_STRANGE, /* the server does not follow the protocol */
    REMOTE_ENDED,   /* the server ended the session: remote->farewell */
    REMOTE_CUT,     /* the server ended the transfer, but not the session: remote->why_cut */
    REMOTE_STOPPED, /* the user stopped the wait; the session goes on */
    REMOTE_OVER,    /* the session has ended, and the user knows why */
    REMOTE_PAUSED,  /* remote->between is to be called; of remote_wait_for alone */
};

/* The state as one line of text; errno must still be that of the call that returned the state. */
const char *remote_state_text(const struct remote *remote, enum remote_state state);

/* Sends a request (without its LF). A broken connection is not an error here, because what the
 * server said before can still be read. */
enum remote_state remote_send(struct remote *remote, const char *line, size_t length);

typedef due_item remote_item;
void remote_ignore(void *context, size_t number, const char *text); /* a remote_item */

/* The user has stopped the request that was sent last, whose answer will come. */
void remote_stopped(struct remote *remote);

/* Reads a whole answer to the request that was sent last. After REPLY_FILE_FOLLOWS the file's bytes
 * are still to be read. REMOTE_STOPPED: the answer will go to remote->late when it comes, so that
 * the next request gets its own. */
enum remote_state remote_answer(struct remote *remote, struct answer *answer, remote_item *item,
                                void *context);

/* Reads lines that the server sends unasked; reads the socket only if nothing is buffered.
 * answer->code is 0 if there was nothing for the caller: room lines go to remote->room, and the
 * answers to stopped requests to remote->late. It is -1 for a line that belongs inside an answer,
 * else the code of the line. */
enum remote_state remote_hear(struct remote *remote, struct answer *answer);

/* Sends an empty line if nothing was sent for ping_s seconds, so that a proxy does not end a
 * connection on which nobody says anything. Its answer is dropped when it comes. Not while a
 * request is unanswered, unless that was stopped. */
void remote_ping(struct remote *remote);

/* How long to wait, at most ms (-1: any time), before remote_ping is called again. */
int remote_patience(const struct remote *remote, int ms);

/* Whether remote_hear would find a line without reading from the socket. */
bool remote_pending(struct remote *remote);

/* Sends a formatted request and reads its answer. */
enum remote_state remote_ask(struct remote *remote, struct answer *answer, remote_item *item,
                             void *context, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Keeps the name and the secret that are in the server's answer to "nick:". */
void remote_named(struct remote *remote, const char *answer);

/* ---- for client/link/connect.c and bytes.c */

/* Waits with remote->wait, or like poll(2), and repeated after a signal. */
int remote_poll(const struct remote *remote, int fd, short events, int ms);

/* Waits up to remote->patience_ms for one of poll(2)'s events, and reads available bytes into the
 * buffer of lines. */
enum remote_state remote_wait_for(struct remote *remote, short events);
enum remote_state remote_fill(struct remote *remote);

/* Reads some bytes of a file, at most `size`; with REMOTE_READY *got is at least 1. */
enum remote_state remote_read(struct remote *remote, void *to, size_t size, size_t *got);

/* Returns the next line that belongs to neither the running transfer nor a request. Also returns
 * after a piece has gone to the sink (remote->fed) or remote->cut was set, with *piece true. */
enum remote_state remote_next(struct remote *remote, struct reply_line *reply, bool *piece);

/* Closing twice does nothing. */
void remote_close(struct remote *remote);

#endif
