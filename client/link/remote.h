/* The connection to a rollcalld: connects, sends requests, reads answers. Knows no terminal. */
#ifndef CLIENT_LINK_REMOTE_H
#define CLIENT_LINK_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/wire/line.h"
#include "server/wire/protocol.h"

#define REMOTE_CONNECT_MS 10000 /* for each address, and for the greeting */
#define REMOTE_ANSWER_MS  60000 /* without a byte, in the middle of an answer */
#define REMOTE_GOODBYE_MS 5000

/* Waits as poll(2) does for one descriptor, and may do other things meanwhile. */
typedef int remote_wait(int fd, short events, int ms);

/* A line to those who joined: its code, and the text after it, raw. */
typedef void remote_room(int code, const char *text);

struct remote {
    int fd;
    int patience_ms;
    uint64_t received, sent; /* bytes of files, over all connections */
    char name[64];           /* that the server gave us, raw; request_greeting's to fill in */
    const char *host, *port; /* the caller's, kept to connect again */
    char session[PROTOCOL_SESSION_SIZE]; /* that we have, or had before; "": the server has no word
                                            for it, or was not asked */
    bool asked_pieces, in_pieces;        /* by this connection; and files come so */
    uint64_t piece_left;                 /* bytes of the piece that is being read */
    bool sent_away; /* the server ended the session, and did not say that it will be back */
    char farewell[PROTOCOL_REPLY_MAX + 1]; /* what it said then */
    remote_wait *wait;                     /* NULL: poll(2) */
    remote_room *room;                     /* NULL: has not joined, so such lines are strange */
    struct line_reader reader;
};

enum remote_state {
    REMOTE_READY,
    REMOTE_CLOSED,  /* the server closed the connection */
    REMOTE_BROKEN,  /* errno */
    REMOTE_SILENT,  /* nothing came in time */
    REMOTE_STRANGE, /* what came is not of the protocol */
    REMOTE_ENDED,   /* the server ended the session: remote->farewell */
};

/* One line in words. errno as the call left it. */
const char *remote_state_text(const struct remote *remote, enum remote_state state);

/* Tries all addresses of a host. Returns 0, or -1 and *error is one line. */
int remote_connect(struct remote *remote, const char *host, const char *port, char *error,
                   size_t size);

/* The same again after remote_close. */
int remote_reconnect(struct remote *remote, char *error, size_t size);

/* For work that takes long, between two pieces of it: whoever types meanwhile has a turn. False,
 * with errno: it was said to stop. */
bool remote_breathe(const struct remote *remote);

/* Sends a request; its LF is added. A connection that is broken is no failure here: what the server
 * said before is still to be read. */
enum remote_state remote_send(struct remote *remote, const char *line, size_t length);

/* A whole answer. Of one of several lines text is that of the first line, and the lines between
 * were given to `item`, one by one, raw. After REPLY_FILE_FOLLOWS the bytes are still to be read.
 */
struct answer {
    int code;
    size_t items;
    char text[PROTOCOL_REPLY_MAX + 1];
};
typedef void remote_item(void *context, size_t number, const char *text);
void remote_ignore(void *context, size_t number, const char *text); /* for whom they are nothing */
enum remote_state remote_answer(struct remote *remote, struct answer *answer, remote_item *item,
                                void *context);

/* What comes unasked: reads, unless there is something already, and gives room lines to
 * remote->room. answer->code is 0, or another line's. */
enum remote_state remote_hear(struct remote *remote, struct answer *answer);

/* Whether remote_hear would find something without reading. */
bool remote_pending(struct remote *remote);

/* Sends a request that is made of its parts, and reads the answer. */
enum remote_state remote_ask(struct remote *remote, struct answer *answer, remote_item *item,
                             void *context, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Asks the server to send files in pieces, between which it can end the session with a word. Where
 * we had a session before it is named: if the server has sent that one away it ends this one, too,
 * and says why. A server that knows no pieces takes the request for a message. REMOTE_READY,
 * REMOTE_ENDED, or what is wrong. */
enum remote_state remote_pieces(struct remote *remote);

/* Some of the bytes that follow REPLY_FILE_FOLLOWS, at most size; *got is not 0 if it is ready. */
enum remote_state remote_bytes(struct remote *remote, void *to, size_t size, size_t *got);

/* Sends some of the bytes that follow REPLY_GO_ON, all of them unless the server says something
 * meanwhile; *given says how many. What it says is then to be read. */
enum remote_state remote_give(struct remote *remote, const void *from, size_t size, size_t *given);

/* Closing twice does nothing. */
void remote_close(struct remote *remote);

#endif
