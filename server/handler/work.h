/* Long work for one request: a digest, a long list. It is something that the session has: between
 * two parts of it the session's loop looks for a kick, the parent's end and the client's.
 *
 * With pieces the loop also takes other requests meanwhile, and delivers what others say. The first
 * of those requests to be answered sets the reply that is due aside (REPLY_LATER), and the line
 * before that reply (REPLY_LATE) says which it is. Without pieces replies keep their order, so no
 * request is read; only the line "stop:" is looked for. */
#ifndef SERVER_HANDLER_WORK_H
#define SERVER_HANDLER_WORK_H

#include "server/handler/state.h"

enum work_turn {
    WORK_GOES_ON,
    WORK_WAITS, /* there is nothing to do for LIMIT_DIGEST_WAIT_MS */
    WORK_DONE,  /* the request has its reply */
};

struct work {
    /* Does a part of it, in some milliseconds. Before the reply it calls work_end. */
    enum work_turn (*go_on)(struct session *session, void *context);

    /* Gives it up, without a reply. */
    void (*drop)(struct session *session, void *context);
};

/* Begins: what is short is done at once. The context stays the caller's until work_end or drop. No
 * other work is under way: requests that need some wait (verbs_waits). */
void work_begin(struct session *session, const struct work *work, void *context);

/* The work is over, and the request's reply is next. */
void work_end(struct session *session);

/* Another request is about to be answered. */
void work_set_aside(struct session *session);

/* Does the next part; first ends the work, or the session, if that is due, and tells the client how
 * far it is. */
void work_turn(struct session *session);

/* Ends the work with a reply, because the client wants it no more. */
void work_stop(struct session *session);

/* The same without a reply, because the session ends. */
void work_drop(struct session *session);

/* What the table and the client are shown of it: "WORD NAME", of `total` bytes (0: not known), and
 * that `more` of them are done. The name stays the caller's until the end. */
void work_show(struct session *session, const char *word, const char *name, uint64_t total);
void work_advance(struct session *session, uint64_t more);

#endif
