/* Refusing without a fork and without waiting: 421 is sent, and the socket is kept a moment and
 * drained, because closing it over unread bytes would reset the connection and lose the line. In
 * that moment a client that found the room full may ask to wait for a slot. */
#ifndef SERVER_PARENT_REFUSAL_H
#define SERVER_PARENT_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

#include "server/limits.h"
#include "server/parent/recorder.h"
#include "shm/table/types.h"

struct refusal {
    struct refusal_held {
        int fd;
        bool may_ask;  /* to wait, until then, and is not counted; later it is drained */
        uint8_t asked; /* bytes of that question which came */
        int64_t until; /* monotonic, ns: then it is closed */
        uint32_t via;  /* enum via */
        struct peer peer;
    } held[LIMIT_REFUSED_HELD]; /* oldest first */
    int count;
    uint32_t slots; /* the caller's: of the room, for the client that finds none free */
    uint64_t unlogged, unlogged_why[REFUSED_REASONS]; /* since the last log line, */
    int64_t logged;                                   /* monotonic, ns */
};

/* What the client of a refused connection reads. */
enum refusal_form {
    REFUSAL_LINE,
    REFUSAL_HTTP,  /* an answer to whatever it asks */
    REFUSAL_FRAME, /* the line in a frame of a WebSocket, and the frame that closes it */
};

/* For a client that came this way (enum via). */
enum refusal_form refusal_form_of(uint32_t via);

/* Counts one that was refused without a line, for the log and the table. */
void refusal_count(struct refusal *refusal, struct table *table, enum refused_why why);

/* Refuses the client of this socket and counts the refusal in the table. Takes ownership of the
 * socket. */
void refusal_send(struct refusal *refusal, struct table *table, int fd, enum refusal_form form,
                  enum refused_why why);

/* The same where no slot is free, for a client that may ask to wait for one: it counts as refused
 * only if it does not ask. */
void refusal_send_full(struct refusal *refusal, struct table *table, int fd,
                       const struct peer *peer, uint32_t via);

/* Refuses a client for which no slot was free with this text, which has less than 100 bytes. Takes
 * ownership of the socket. */
void refusal_say_full(struct refusal *refusal, struct table *table, int fd, enum refusal_form form,
                      const char *text);

/* Logs and records the number of refusals, at most once a second. now: clock_now. */
void refusal_log(struct refusal *refusal, struct recorder *recorder, struct table *table,
                 int64_t now);

/* Takes a connection that asks to wait for a slot, not blocking, which is the taker's. */
typedef void refusal_asks(void *context, int fd, const struct peer *peer, uint32_t via);

/* For the parent's loop. First: adds the descriptors to wait for, and lowers *until (monotonic, ns)
 * if needed. Then: does what is due. */
void refusal_prepare(const struct refusal *refusal, fd_set *read, int *highest, int64_t *until);
void refusal_run(struct refusal *refusal, struct table *table, const fd_set *read,
                 refusal_asks *asks, void *context);

/* The highest descriptor held, or -1. */
int refusal_highest(const struct refusal *refusal);

/* Closes all held connections. */
void refusal_close(struct refusal *refusal, struct table *table);

/* This process is about to end: who might have asked for a slot is refused, and what is not logged
 * yet is logged. now: clock_now. */
void refusal_settle(struct refusal *refusal, struct recorder *recorder, struct table *table,
                    int64_t now);

#endif
