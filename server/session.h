/* One client's session, in a process of its own: greets, reads requests, has the verbs answer them,
 * and leaves. What the cmd_*.c need to answer is here too. */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/line.h"
#include "server/protocol.h"
#include "shm/registry.h"

struct session {
    struct registry *registry;
    int share; /* descriptor of the shared directory */
    int fd, lifeline;
    uint32_t place;
    struct registry_record me; /* published whenever replies go out */
    bool ended;                /* no more requests; `why` says why */
    enum registry_why why;
    bool mute;             /* the stream broke off in the middle: nothing more may be sent */
    int64_t goodbye_until; /* monotonic ns, once the daemon shuts down; else 0 */
    struct line_reader reader;
    size_t used; /* bytes of replies not yet sent */
    char replies[4 * PROTOCOL_REPLY_MAX];
};

/* Serves the client until it leaves or is lost. Returns the process's exit status. */
int session_run(struct session *session, struct registry *registry, const struct admitted *admitted,
                int share);

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

/* Sends the first `size` bytes of a file after what was replied so far. If the file turns out to be
 * shorter the session ends, for the client waits for bytes that do not exist. me.doing, which the
 * caller sets, is cleared at the end. */
void session_send_file(struct session *session, int file, uint64_t size);

/* No more requests. The first reason given is the one that counts. */
void session_end(struct session *session, enum registry_why why);

#endif
