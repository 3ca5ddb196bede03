/* One request and its answer, shown to the user. */
#ifndef CLIENT_LINK_ANSWER_H
#define CLIENT_LINK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "client/link/remote.h"
#include "client/link/voice.h"

/* What became of a request. The user has been told, except where a function says otherwise. */
enum answer_end {
    ANSWER_DONE,
    ANSWER_FAILED, /* the server refused, or a file could not be kept; the session goes on */
    ANSWER_OVER,   /* the server answered "exit": the session has ended */
    ANSWER_LOST,   /* the session has ended in any other way */
};

/* Sends a line (without its LF; no file may follow its answer) and shows the answer. */
enum answer_end answer_request(struct remote *remote, const struct voice *voice, const char *line,
                               size_t length);

/* Whether the line can be sent as a request; if not, says why. */
bool answer_fits(const struct voice *voice, const char *line, size_t length);

/* Whether the line is a request that only the client itself makes ("pieces:"); if so, says that it
 * is not sent. */
bool answer_refuses(const struct voice *voice, const char *line);

/* Shows the code and first text of an answer whose items were shown as they came; `about`, unless
 * it is NULL, is named with a failure. */
enum answer_end answer_show(const struct voice *voice, const struct answer *answer,
                            const char *about);

/* Says why the session has ended, with errno as the call that returned the state left it. Returns
 * ANSWER_LOST. */
enum answer_end answer_lost(const struct remote *remote, const struct voice *voice,
                            enum remote_state state);

#endif
