/* The parent's loop: accept, admit, fork, reap, recover. The child returns from it. */
#ifndef SERVER_PARENT_SUPERVISOR_H
#define SERVER_PARENT_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/courier.h"
#include "server/files/inbox.h"
#include "server/parent/admission.h"
#include "server/parent/listener.h"
#include "server/parent/refusal.h"
#include "server/parent/slots.h"
#include "shm/table/registry.h"

struct supervisor {
    /* given: what it serves with, all open; of this a handler keeps share and inbox */
    struct listener *listener;
    struct table *table;
    const struct inbox *inbox;
    int share, control; /* control: control_open's */
    bool earlier;       /* what was said is shown to who joins later */
    int lifeline[2]; /* a pipe: the handlers' end, and the parent's: when that closes, they end */

    /* its own */
    struct admission admission;
    struct slots slots;
    struct refusal refusal;
    struct courier courier; /* rings for those whose handler died before it could */
    bool owes_ring;         /* and could not ring for all of them */
    int kicked;             /* how many have been told to end, and did not yet */
    uint64_t serial;
    int64_t rest_until; /* no accepting before */
    int64_t ticked;     /* when all children and the lock were looked at */
    uint64_t lock_seen;
    int lock_stuck;
    uint32_t epoch;        /* of the lock, which the parent alone moves */
    uint32_t look_next;    /* the slot to look at next */
    uint32_t leaving_next; /* the slot to begin with, looking for those who left */
    int64_t damage_logged; /* and how often since */
    uint64_t damages;
    sigset_t waiting; /* the signals that are blocked while the parent waits */
    int terminal;     /* that we were started on; -1: none */
    int reserve;      /* a descriptor to give up where there is no other; -1: not to be had */
    int64_t refused_logged;
    uint64_t refused_unlogged[REFUSED_REASONS], unlogged;
    int64_t shutdown_until; /* 0: none */
    uint32_t notified;
    bool waited_in_vain; /* for a leaving handler, since the last reaping */
};

/* All but what is given is zero; from then on signals have their answers. *supervisor lies in
 * memory that a handler need not have (platform_private_memory). Returns 0, or -1 with errno. */
int supervisor_init(struct supervisor *supervisor, const struct admission_limits *admission,
                    uint32_t slots);

enum supervisor_end {
    SUPERVISOR_CHILD, /* in a handler: *admitted is its client, all else of the parent is closed */
    SUPERVISOR_STOPPED, /* in the parent: told to stop, and nobody is left */
};
enum supervisor_end supervisor_run(struct supervisor *supervisor, struct admitted *admitted);

#endif
