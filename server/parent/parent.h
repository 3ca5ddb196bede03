/* The parent's private book: its resources, which child has which slot, and what is due when. No
 * handler can reach it. All files of this folder use it. */
#ifndef SERVER_PARENT_PARENT_H
#define SERVER_PARENT_PARENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/bell.h"
#include "server/files/inbox.h"
#include "server/files/place.h"
#include "server/parent/admission.h"
#include "server/parent/asker.h"
#include "server/parent/listener.h"
#include "server/parent/recorder.h"
#include "server/parent/refusal.h"
#include "server/parent/slots.h"
#include "server/parent/successor.h"
#include "server/parent/visits.h"
#include "server/parent/waiting.h"
#include "shm/table/types.h"

struct reload; /* server/parent/reload.h */

/* A rollcallctl that asked for what the clerk does. */
struct pending_answer {
    struct asker asker;
    int64_t until; /* clock_now; 0: nobody waits */
};

/* What has a path (places.c). */
struct places {
    const char *share_path; /* given: absolute; NULL: not known */
    bool own_base;          /* given: the daemon chose where its runtime directory lies */
    dev_t device;           /* the control socket's file */
    ino_t inode;
    bool socket_lost;
    bool table_lost;
    enum place share, inbox; /* as they were at the last look, */
    int64_t looked;          /* at that time of the monotonic clock, ns */
    int64_t tidied;          /* the same for the inbox's parts, whose time may be over */
};

struct belongings; /* server/carry.h */

struct parent {
    /* given, all open; of these a handler keeps share, inbox, bell and requests[1] */
    struct listener *listener;
    struct listener *web; /* where visits come; without sockets: nowhere */
    struct table *table;
    struct inbox *inbox;
    struct places places;
    const struct bell *bell;       /* wakes others for handlers that died before they could */
    int share, control;            /* control: control_open's */
    int journal;                   /* where handlers reach the clerk; -1: nowhere */
    struct belongings *belongings; /* all of the daemon's, to be handed over (upgrade) */
    struct reload *reload;         /* where the settings come from */
    bool asks_key;                 /* of every client */
    bool earlier;                  /* what was said is shown to a client that joins later */
    int requests[2];               /* a pipe: handlers ask the parent to end a session (control) */
    int lifeline[2]; /* a pipe, [0] for the handlers: when the parent closes [1], they end */

    /* its own */
    struct admission admission;
    struct slots slots;
    struct refusal refusal;
    struct visits visits;
    struct recorder recorder;
    struct pending_answer pending; /* what rollcallctl waits for (control) */
    struct successor successor;    /* the program that is to take this one's place, */
    struct asker upgrader;         /* and the rollcallctl that waits for that (upgrade) */
    uint64_t serial;               /* of the newest session */
    int64_t pause_until;           /* no accepting before */
    int64_t ticked;                /* when all children and the lock were looked at */
    int64_t heard;                 /* when signals could last be delivered */
    sigset_t waiting;              /* the signal mask while the parent waits */
    int terminal;        /* a descriptor of the terminal that the daemon was started on; -1: none */
    int reserve;         /* a spare descriptor, for when no other is free; -1: there is none */
    bool waited_in_vain; /* for a handler that was leaving, which did not end */
    uint32_t leaving_next;  /* the slot at which the next search for leaving handlers begins */
    int kicked;             /* children that were told to end and have not ended */
    int64_t drain_until;    /* 0: not draining; INT64_MAX: as long as it takes */
    int64_t shutdown_until; /* 0: running */
    bool first;             /* process 1 of a container, to which all orphans come */
    int64_t alive_every;    /* ns between two signs of life for the service manager; 0: none */
    int64_t alive_next;     /* when the next one is due, monotonic */
    uint32_t notified;      /* how many present the service manager was told of */

    /* the table's health (recovery) */
    uint32_t epoch;     /* of the lock, which the parent alone moves */
    uint64_t lock_seen; /* what was seen of the lock, and in how many ticks it did not change */
    int lock_stuck;
    uint32_t look_next;    /* the slot to look at next */
    int64_t damage_logged; /* monotonic ns, and how often since */
    uint64_t damages;

    struct waiting queue; /* of a full room (queue) */
};

/* Completes what was given with the parent's own. *parent lies in memory that a handler need not
 * have (platform_private_memory). Returns 0, or -1 with errno. */
int parent_init(struct parent *parent, const struct admission_limits *admission, uint32_t slots);

/* Opens the reserve descriptor. Under Landlock the parent cannot open paths, so it is a duplicate.
 */
void parent_keep_reserve(struct parent *parent);

/* The highest descriptor that the parent has open. */
int parent_highest_descriptor(const struct parent *parent);

#endif
