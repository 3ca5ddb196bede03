/* Replies. They are collected, and sent together when the client has nothing more to ask for now. A
 * line longer than PROTOCOL_REPLY_MAX is cut. In phase MUTE nothing is sent. */
#ifndef SERVER_HANDLER_REPLY_H
#define SERVER_HANDLER_REPLY_H

#include "server/handler/state.h"

/* "CODE text": a reply of one line. */
void reply_line(struct session *session, enum reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a text that needs no format: "CODE text". */
void reply_text(struct session *session, enum reply_code code, const char *text, size_t length);

/* A reply of several lines: "CODE-text", any number of " text", "CODE End". */
void reply_begin(struct session *session, enum reply_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reply_item(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reply_end(struct session *session, enum reply_code code);

/* Whether another line fits beside those that were not sent yet. */
bool reply_has_room(const struct session *session);

/* Wakes the handlers that have new lines, updates the table, then sends: so a client that has read
 * a reply finds its effect in the table. */
void reply_send(struct session *session);

/* The same; unless a file is under way, the pace at which the client takes the replies is measured
 * anew. */
void reply_flush(struct session *session);

/* The same before the session waits for its client or a wake-up: if the others were woken just now,
 * they are not woken before session.ring_later ns are over, and ring_due stays. */
void reply_rest(struct session *session);

#endif
