/* Refusing without a fork and without waiting: 421 is sent, and the socket is kept a moment and
 * drained, for closing it over unread bytes would reset the connection and lose the line. */
#ifndef SERVER_PARENT_REFUSAL_H
#define SERVER_PARENT_REFUSAL_H

#include <stdint.h>
#include <sys/select.h>

#include "server/limits.h"

struct refusal {
    int fd[LIMIT_REFUSED_HELD];        /* oldest first */
    int64_t until[LIMIT_REFUSED_HELD]; /* monotonic, ns */
    int count;
};

/* Takes over a socket. */
void refusal_send(struct refusal *refusal, int fd, const char *reason);

/* For the parent's loop: what to wait for, and for how long (0: nothing held); then the work. */
void refusal_prepare(const struct refusal *refusal, fd_set *read, int *highest, int64_t *until);
void refusal_run(struct refusal *refusal, const fd_set *read);

/* The highest descriptor held, or -1. */
int refusal_highest(const struct refusal *refusal);

void refusal_close(struct refusal *refusal);

#endif
