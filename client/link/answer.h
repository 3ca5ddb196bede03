/* One request as a person meets it: sent, answered, shown; and the file saved if one comes. All
 * that comes from the server passes the sanitizer before it is shown. */
#ifndef CLIENT_LINK_ANSWER_H
#define CLIENT_LINK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "client/files/partial.h"
#include "client/link/remote.h"
#include "server/wire/key.h"

struct style {
    bool interactive;   /* the words of a conversation, all on stdout */
    bool quiet;         /* says nothing of files but what is wrong */
    bool progress;      /* shows how far they have come */
    bool skip_same;     /* fetches no file that is here already, and the same */
    const char *output; /* where files go, or NULL */
    transfer_overwrite *overwrite;
    void (*show)(const char *line); /* takes what is said, sanitized; NULL: it is printed */
    void (*bar)(const char *line);  /* as struct progress has it */
    bool timestamps;                /* listen: the time stands before each line */
    int receipt;                    /* descriptor of the file for receipts, or -1 */
    unsigned retries;               /* of a fetch whose connection was lost */
    struct key *key;                /* the room's; of no length until it is asked for */
};

enum request_end {
    REQUEST_DONE,
    REQUEST_FAILED, /* the server said no, or the file could not be kept; the session goes on */
    REQUEST_OVER,   /* the server said goodbye */
    REQUEST_LOST,   /* the session has ended otherwise; it has been said how */
};

/* A line without its LF. */
enum request_end request_make(struct remote *remote, const struct style *style, const char *line,
                              size_t length);

/* Whether this line is a request that the client makes by itself: then it says so. */
bool request_refuses(const struct style *style, const char *line);

/* Waits a little, longer each time, and connects again, as the client that had the session before.
 * REQUEST_DONE or REQUEST_LOST. */
enum request_end request_again(struct remote *remote, const struct style *style, unsigned tries);

/* Reads the greeting and, in a conversation, shows it. REQUEST_DONE or REQUEST_LOST. */
enum request_end request_greeting(struct remote *remote, const struct style *style);

/* Takes a name; what is wrong with it is said. REQUEST_DONE, or the session is of no use. */
enum request_end request_name(struct remote *remote, const struct style *style, const char *name);

/* Says something about the session: to stdout in a conversation, else to stderr with our name. */
void request_say(const struct style *style, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says something of files, unless that is not wanted: as request_say, but without our name. */
void request_tell(const struct style *style, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For what makes a request of its own: shows a line between the first and the last of an answer
 * (remote_item; the context is the style). */
void request_item(void *style, size_t number, const char *text);

/* Shows a whole answer; `about`, unless NULL, is named with a failure. */
enum request_end request_show(const struct style *style, const struct answer *answer,
                              const char *about);

/* Says how the session has ended. REQUEST_LOST. */
enum request_end request_lost(const struct remote *remote, const struct style *style,
                              enum remote_state state);

/* Before a file is moved: has it come in pieces (remote_pieces), once in a connection. REQUEST_DONE
 * or REQUEST_LOST. */
enum request_end request_pieces(struct remote *remote, const struct style *style);

/* Whether a client that was at work with a file may connect again after its session has ended:
 * whoever the server has sent away stays away. And after this end: the connection was lost, and
 * this is no more than the number of tries. */
bool request_may_return(const struct remote *remote);
bool request_may_try(const struct remote *remote, const struct style *style, enum request_end end,
                     unsigned tries);

/* Leaves politely and closes. */
void request_leave(struct remote *remote, const struct style *style);

#endif
