#define _POSIX_C_SOURCE 200809L

#include "server/parent/admission.h"

#include <errno.h>
#include <string.h>

#include "server/system/platform.h"

#define NONE   UINT32_MAX
#define SECOND INT64_C(1000000000)

struct admission_address {
    struct peer peer;       /* without its port */
    uint32_t clients, next; /* next: in its hash chain */
    int64_t due;            /* as admission.next, for this address */
    int64_t visit_due;      /* the same for visits */
};

int admission_init(struct admission *admission, const struct admission_limits *limits,
                   uint32_t clients)
{
    uint32_t chains = 1;

    *admission = (struct admission){.limits = limits, .size = clients + LIMIT_ADDRESSES};
    while (chains < admission->size)
        chains *= 2;
    admission->mask = chains - 1;
    admission->chain = platform_private_memory(chains * sizeof admission->chain[0]);
    admission->address = platform_private_memory(admission->size * sizeof admission->address[0]);
    if (admission->chain == NULL || admission->address == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memset(admission->chain, 0xff, chains * sizeof admission->chain[0]);
    return 0;
}

bool networks_have(const struct networks *networks, const struct peer *peer)
{
    for (size_t i = 0; i < networks->count; i++)
        if (network_has(&networks->network[i], peer))
            return true;
    return false;
}

static struct peer without_port(const struct peer *peer)
{
    struct peer address = *peer;

    address.port = 0;
    return address;
}

/* FNV-1a over the members one by one, because a structure may have padding. */
static uint32_t *chain_of(const struct admission *admission, const struct peer *peer)
{
    uint32_t hash = 2166136261U ^ peer->family;

    for (size_t i = 0; i < sizeof peer->address; i++)
        hash = (hash ^ peer->address[i]) * 16777619U;
    hash = (hash ^ peer->scope) * 16777619U;
    return &admission->chain[(hash ^ hash >> 16) & admission->mask];
}

bool admission_same_address(const struct peer *one, const struct peer *other)
{
    return one->family == other->family && one->scope == other->scope &&
           memcmp(one->address, other->address, sizeof one->address) == 0;
}

static uint32_t find(const struct admission *admission, const struct peer *peer)
{
    uint32_t at = *chain_of(admission, peer);

    while (at != NONE && !admission_same_address(&admission->address[at].peer, peer))
        at = admission->address[at].next;
    return at;
}

static void forget(struct admission *admission, uint32_t at)
{
    struct admission_address *address = &admission->address[at];
    uint32_t *link = chain_of(admission, &address->peer);

    while (*link != NONE && *link != at)
        link = &admission->address[*link].next;
    if (*link == at)
        *link = address->next;
}

/* Reuses the next entry without clients, going round the book. Such an entry exists, because the
 * book has more entries than there can be clients. */
static uint32_t learn(struct admission *admission, const struct peer *peer)
{
    uint32_t at, *chain = chain_of(admission, peer);

    while (admission->address[admission->hand].clients > 0)
        admission->hand = (admission->hand + 1) % admission->size;
    at = admission->hand;
    admission->hand = (at + 1) % admission->size;
    forget(admission, at);
    admission->address[at] = (struct admission_address){.peer = without_port(peer), .next = *chain};
    *chain = at;
    return at;
}

/* Whether one more connection keeps to `rate` a second, with bursts of up to a second's worth (the
 * generic cell rate algorithm, ITU-T I.371). */
static bool in_time(int64_t due, unsigned long rate, int64_t now)
{
    return rate == 0 || due - now <= SECOND - SECOND / (int64_t)rate;
}

static void count(int64_t *due, unsigned long rate, int64_t now)
{
    if (rate > 0)
        *due = (*due > now ? *due : now) + SECOND / (int64_t)rate;
}

bool admission_allows(const struct admission *admission, const struct peer *peer)
{
    const struct admission_limits *limits = admission->limits;

    return !networks_have(&limits->deny, peer) &&
           (limits->allow.count == 0 || networks_have(&limits->allow, peer));
}

/* What is known of this address; NULL: no limit by address concerns it. */
static struct admission_address *address_of(struct admission *admission, const struct peer *peer)
{
    const struct admission_limits *limits = admission->limits;
    uint32_t at;

    if ((limits->per_address == 0 && limits->address_rate == 0) ||
        networks_have(&limits->exempt, peer))
        return NULL;
    at = find(admission, peer);
    return &admission->address[at != NONE ? at : learn(admission, peer)];
}

static bool has_too_many(const struct admission *admission, const struct admission_address *address)
{
    const unsigned long most = admission->limits->per_address;

    return address != NULL && most > 0 && address->clients >= most;
}

/* The reason to refuse, or REFUSED_REASONS if there is none. */
static enum refused_why reason_against(struct admission *admission, const struct peer *peer,
                                       int64_t now)
{
    const struct admission_limits *limits = admission->limits;
    struct admission_address *address;

    if (!admission_allows(admission, peer))
        return REFUSED_NETWORK;
    address = address_of(admission, peer);
    if (has_too_many(admission, address))
        return REFUSED_ADDRESS;
    if (address != NULL && !in_time(address->due, limits->address_rate, now))
        return REFUSED_ADDRESS_RATE;
    if (!in_time(admission->next, limits->rate, now))
        return REFUSED_RATE;
    count(&admission->next, limits->rate, now);
    if (address != NULL)
        count(&address->due, limits->address_rate, now);
    return REFUSED_REASONS;
}

bool admission_admits(struct admission *admission, const struct peer *peer, int64_t now,
                      enum refused_why *why)
{
    *why = reason_against(admission, peer, now);
    return *why == REFUSED_REASONS;
}

bool admission_may_wait(struct admission *admission, const struct peer *peer)
{
    return !has_too_many(admission, address_of(admission, peer));
}

/* Whom no limit by address concerns has no entry. */
bool admission_admits_visit(struct admission *admission, const struct peer *peer, int64_t now)
{
    const struct admission_limits *limits = admission->limits;
    const unsigned long rate = limits->address_rate * LIMIT_VISITS_CLIENT;
    uint32_t at;

    if (rate == 0 || networks_have(&limits->exempt, peer))
        return true;
    at = find(admission, peer);
    if (at == NONE)
        at = learn(admission, peer);
    if (!in_time(admission->address[at].visit_due, rate, now))
        return false;
    count(&admission->address[at].visit_due, rate, now);
    return true;
}

uint32_t admission_enter(struct admission *admission, const struct peer *peer)
{
    uint32_t at = NONE;

    if (admission->limits->per_address > 0 && !networks_have(&admission->limits->exempt, peer))
        at = find(admission, peer);
    else
        return ADMISSION_UNCOUNTED;
    if (at == NONE) /* it came before there was a limit */
        at = learn(admission, peer);
    admission->address[at].clients++;
    return at;
}

void admission_leave(struct admission *admission, uint32_t entered)
{
    if (entered != ADMISSION_UNCOUNTED)
        admission->address[entered].clients--;
}

bool admission_carry(struct admission *admission, const struct admission_limits *limits,
                     struct parcel *parcel)
{
    const struct admission old = *admission;

    if (!parcel->packs) {
        if (parcel->failed != NULL)
            return true;
        if (old.size < LIMIT_ADDRESSES || old.size > LIMIT_ADDRESSES + LIMIT_CLIENTS_MOST) {
            parcel_fail(parcel);
            return true;
        }
        if (admission_init(admission, limits, old.size - LIMIT_ADDRESSES) != 0)
            return false;
        admission->next = old.next;
        admission->hand = old.hand;
    }
    parcel_bytes(parcel, admission->chain,
                 ((size_t)admission->mask + 1) * sizeof admission->chain[0]);
    parcel_bytes(parcel, admission->address, admission->size * sizeof admission->address[0]);
    return true;
}
