/* The session's phase, and a request with its answer, which is shown in the window. */
#ifndef CLIENT_CHAT_ASK_H
#define CLIENT_CHAT_ASK_H

#include <stdbool.h>

#include "client/chat/late.h"
#include "client/chat/room.h"
#include "client/chat/window.h"
#include "client/chat/wishes.h"
#include "client/files/download.h"
#include "client/link/answer.h"

/* What the client is doing. In phases up to PHASE_LEAVING there is a connection. */
enum phase {
    PHASE_LISTENING,    /* nothing: what the room says is shown, typed lines are sent */
    PHASE_ASKING,       /* a request: typed lines wait for it, Ctrl-C stops it */
    PHASE_TRANSFERRING, /* the same with a file, which may take long */
    PHASE_STOPPING,     /* Ctrl-C was pressed: the current wait must fail with ECANCELED */
    PHASE_STOPPED,      /* that wait has failed, and the request ends; waits succeed again */
    PHASE_LEAVING,      /* the user leaves: every wait fails, "exit" is still to be sent */
    PHASE_DROPPED,      /* the stop broke the connection: connect again at once */
    PHASE_LOST,         /* the connection was lost: connect again after a while */
    PHASE_OVER,         /* the session has ended for good */
};

struct ask {
    struct remote *remote; /* the caller's, like window, room and wishes */
    struct window *window;
    struct room *room;
    struct wishes *wishes;
    struct voice voice; /* of transfers and of connecting again */
    struct download_options download;
    enum phase phase;
    int status;          /* exit status, when the phase is PHASE_OVER or PHASE_LEAVING */
    struct table answer; /* lines of the last answer */
    struct late late;    /* requests that were shown as not acknowledged */
};

/* Whether the session goes on. */
bool ask_is_connected(const struct ask *ask);

/* Before and after a request. ask_begin sets PHASE_ASKING; ask_end sets PHASE_LISTENING if the
 * session goes on. */
void ask_begin(struct ask *ask);
void ask_end(struct ask *ask);

/* Sends a line and reads its answer; the answer's lines are in ask->answer. False: there is no
 * answer, because the connection is lost or the user has stopped the request, and the user has been
 * told. Between ask_begin and ask_end. */
bool ask_line(struct ask *ask, const char *line, struct answer *answer);

/* The same for a request whose answer the client must know. A stop drops the connection. */
bool ask_must(struct ask *ask, const char *line, struct answer *answer);

/* Shows an answer; said: the message, if the request was one; about: what a failure is about, or
 * NULL. */
void ask_show(struct ask *ask, const char *said, const char *about, const struct answer *answer);

/* Whether an answer's text acknowledges the message. */
bool ask_is_ack(const char *answer, const char *text);

/* Sends one request and shows its answer. True: the answer was REPLY_MESSAGE. */
bool ask_request(struct ask *ask, const char *request, const char *said, const char *about);

/* Says `text` to the client called `name` alone. False: there is no answer, and the user has been
 * told. A refusal (answer->code is not REPLY_MESSAGE) has not been told. */
bool ask_tell(struct ask *ask, const char *name, const char *text, struct answer *answer);

/* Adds the server's files in a directory ("", or a name that ends in '/') to `files`. */
void ask_files(struct ask *ask, const char *directory, struct table *files);

/* Reads what the server sends while nothing is asked: lines of the room, or the end of the session.
 */
void ask_hear(struct ask *ask);

/* The connection is lost: tells the user why, and sets the phase. */
void ask_lost(struct ask *ask, enum remote_state state);

/* The session has ended, and the user knows why. may_return: the client may connect again. */
void ask_over(struct ask *ask, bool may_return);

#endif
