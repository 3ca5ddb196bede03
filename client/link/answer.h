/* One request and its answer, shown to the user. */
#ifndef CLIENT_LINK_ANSWER_H
#define CLIENT_LINK_ANSWER_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/link/remote.h"
#include "client/link/voice.h"

/* The outcome of a request. The user has been told, unless a function's comment says otherwise. */
enum answer_end {
    ANSWER_DONE,
    ANSWER_FAILED,  /* the server refused, or a file could not be kept; the session goes on */
    ANSWER_STOPPED, /* the user stopped it, and is told by who made the request; the session goes
                       on */
    ANSWER_OVER,    /* the server answered "exit": the session has ended */
    ANSWER_LOST,    /* the session has ended in any other way */
};

/* Whether the next of several requests may follow one that ended like this. */
bool answer_goes_on(enum answer_end end);

/* What is said of names that are not in a list: a format with their number. */
#define ANSWER_HIDDEN                                                                              \
    "names that cannot be shown or fetched (not UTF-8, or with control or invisible characters): " \
    "%" PRIu64

/* Sends a line (without its LF; no file may follow its answer) and shows the answer, a failure
 * after `about` (or NULL). */
enum answer_end answer_request(struct remote *remote, const struct voice *voice, const char *line,
                               size_t length, const char *about);

/* Whether the line can be sent as a request; if not, says why. */
bool answer_fits(const struct voice *voice, const char *line, size_t length);

/* Whether the line is a request that only the client itself sends ("pieces:", "rest:", "stop:"
 * ...), because something follows it. If so, tells the user that the line is not sent. */
bool answer_refuses(const struct voice *voice, const char *line);

/* Shows the code and first text of an answer whose items have been shown already. A failure is
 * shown after `about`, unless that is NULL. */
enum answer_end answer_show(const struct voice *voice, const struct answer *answer,
                            const char *about);

/* Says why a request has no answer; errno must still be that of the call that returned the state.
 * Returns ANSWER_LOST, or without a word ANSWER_STOPPED. */
enum answer_end answer_lost(const struct remote *remote, const struct voice *voice,
                            enum remote_state state);

#endif
