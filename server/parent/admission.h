/* Who may come in: by network, by how many come from one address, and by how fast they come. The
 * parent's private book of addresses. */
#ifndef SERVER_PARENT_ADMISSION_H
#define SERVER_PARENT_ADMISSION_H

#include <stdint.h>

#include "server/parent/network.h"
#include "shm/table/registry.h"

/* 0 is no limit. */
struct admission_limits {
    struct networks allow, deny; /* nobody allowed: everybody is */
    struct networks exempt;      /* from what is counted by address */
    unsigned long per_address;   /* clients at once */
    unsigned long address_rate;  /* connections a second, from one address */
    unsigned long rate;          /* from all */
};

#define ADMISSION_UNCOUNTED UINT32_MAX

struct admission_address;

struct admission {
    const struct admission_limits *limits;
    int64_t next; /* when connections come at exactly the rate; monotonic, ns */
    uint32_t size, hand, mask;
    uint32_t *chain;
    struct admission_address *address;
};

/* A book for so many clients; the limits stay the caller's. Returns 0, or -1 with errno. */
int admission_init(struct admission *admission, const struct admission_limits *limits,
                   uint32_t clients);

/* Whether this one may come in now: REFUSED_REASONS if so, and then admission_enter follows, else
 * the reason. */
enum refused_why admission_ask(struct admission *admission, const struct peer *peer, int64_t now);

/* It comes in: returns what admission_leave wants when it is gone. */
uint32_t admission_enter(struct admission *admission, const struct peer *peer);
void admission_leave(struct admission *admission, uint32_t entered);

#endif
