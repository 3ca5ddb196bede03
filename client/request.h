/* One request as a person meets it: sent, answered, shown; and the file saved if one comes. All
 * that comes from the server passes the sanitizer before it is shown. */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "client/remote.h"
#include "client/transfer.h"

struct style {
    bool interactive;   /* the words of a conversation, all on stdout */
    bool quiet;         /* says nothing of files but what is wrong */
    bool progress;      /* shows how far they have come */
    bool skip_same;     /* fetches no file that is here already, and the same */
    const char *output; /* where files go, or NULL */
    transfer_overwrite *overwrite;
    unsigned retries; /* of a fetch whose connection was lost */
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

/* Waits a little, longer each time, and connects again. REQUEST_DONE or REQUEST_LOST. */
enum request_end request_again(struct remote *remote, const struct style *style, unsigned tries);

/* Reads the greeting and, in a conversation, shows it. REQUEST_DONE or REQUEST_LOST. */
enum request_end request_greeting(struct remote *remote, const struct style *style);

/* Says something about the session: to stdout in a conversation, else to stderr with our name. */
void request_say(const struct style *style, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Leaves politely and closes. */
void request_leave(struct remote *remote, const struct style *style);

#endif
