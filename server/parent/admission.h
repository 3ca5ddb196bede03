/* Decides which clients are admitted: by network, by the number of clients from one address, and by
 * rate. Holds the parent's private book of addresses. */
#ifndef SERVER_PARENT_ADMISSION_H
#define SERVER_PARENT_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/limits.h"
#include "server/parcel.h"
#include "shm/table/network.h"
#include "shm/table/types.h"

struct networks {
    size_t count;
    struct network network[LIMIT_NETWORKS];
};

/* Whether one of the networks contains this address. */
bool networks_have(const struct networks *networks, const struct peer *peer);

/* Whether both are the same address, whatever their ports. */
bool admission_same_address(const struct peer *one, const struct peer *other);

/* 0 disables a limit. */
struct admission_limits {
    struct networks allow, deny; /* an empty `allow` allows everybody */
    struct networks exempt;      /* from the limits by address */
    struct networks proxies;     /* whose connections begin with whose they are */
    unsigned long per_address;   /* clients at once */
    unsigned long address_rate;  /* connections a second, from one address */
    unsigned long rate;          /* connections a second, from all addresses */
};

#define ADMISSION_UNCOUNTED UINT32_MAX

struct admission_address;

struct admission {
    const struct admission_limits *limits;
    int64_t next; /* when the next connection would come at exactly the rate; monotonic, ns */
    uint32_t size, hand, mask;
    uint32_t *chain;
    struct admission_address *address;
};

/* Makes a book for `clients`; `limits` is not copied, and stays the caller's. Returns 0, or -1 with
 * errno. */
int admission_init(struct admission *admission, const struct admission_limits *limits,
                   uint32_t clients);

/* Whether a client from this address may come in at `now` (monotonic, ns). True: call
 * admission_enter. False: *why is the reason. */
bool admission_admits(struct admission *admission, const struct peer *peer, int64_t now,
                      enum refused_why *why);

/* Whether one that was admitted and found no slot may wait for one. Who waits counts as a client of
 * its address, too (admission_enter). */
bool admission_may_wait(struct admission *admission, const struct peer *peer);

/* The same for a visit: LIMIT_VISITS_CLIENT times as many a second from one address. */
bool admission_admits_visit(struct admission *admission, const struct peer *peer, int64_t now);

/* Whether the network of this address may connect at all. */
bool admission_allows(const struct admission *admission, const struct peer *peer);

/* Counts an admitted client. Returns the value to pass to admission_leave when the client has left.
 * */
uint32_t admission_enter(struct admission *admission, const struct peer *peer);
void admission_leave(struct admission *admission, uint32_t entered);

/* Packs or unpacks the book, all but the structure itself. False with errno. */
bool admission_carry(struct admission *admission, const struct admission_limits *limits,
                     struct parcel *parcel);

#endif
