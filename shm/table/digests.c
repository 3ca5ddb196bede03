#include "shm/table/digests.h"

#include <stddef.h>
#include <string.h>

enum { FREE, COMPUTING, KNOWN };

static uint32_t state_of(const struct digest_slot *slot)
{
    return atomic_load(&slot->state);
}

static bool same_version(const struct digest_version *a, const struct digest_version *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static struct digest_slot *find(struct digests *digests, const struct digest_version *version)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if (state_of(&digests->slot[i]) != FREE && same_version(&digests->slot[i].version, version))
            return &digests->slot[i];
    return NULL;
}

/* A free slot, or the one that was asked for longest ago; NULL where all are being computed. */
static struct digest_slot *find_room(struct digests *digests)
{
    struct digest_slot *oldest = NULL;

    for (size_t i = 0; i < DIGESTS; i++) {
        struct digest_slot *slot = &digests->slot[i];

        if (state_of(slot) == FREE)
            return slot;
        if (state_of(slot) == KNOWN && (oldest == NULL || slot->asked < oldest->asked))
            oldest = slot;
    }
    return oldest;
}

enum digest_answer digests_ask(struct digests *digests, const struct digest_version *version,
                               uint32_t place, uint64_t serial, unsigned char digest[DIGEST_SIZE],
                               digest_owner *is_there, void *context)
{
    struct digest_slot *slot = find(digests, version);

    if (slot != NULL && state_of(slot) == KNOWN) {
        slot->asked = ++digests->clock;
        memcpy(digest, slot->digest, DIGEST_SIZE);
        return DIGEST_KNOWN;
    }
    if (slot != NULL && is_there(context, slot->place, slot->serial))
        return DIGEST_BUSY;
    if (slot == NULL)
        slot = find_room(digests);
    if (slot == NULL)
        return DIGEST_YOURS; /* computed, and not kept */
    atomic_store(&slot->state, FREE);
    slot->version = *version;
    slot->place = place;
    slot->serial = serial;
    slot->asked = ++digests->clock;
    atomic_store(&slot->state, COMPUTING);
    return DIGEST_YOURS;
}

void digests_tell(struct digests *digests, const struct digest_version *version, uint32_t place,
                  uint64_t serial, const unsigned char digest[DIGEST_SIZE])
{
    struct digest_slot *slot = find(digests, version);

    if (slot == NULL || state_of(slot) != COMPUTING || slot->place != place ||
        slot->serial != serial)
        return;
    if (digest == NULL) {
        atomic_store(&slot->state, FREE);
        return;
    }
    memcpy(slot->digest, digest, DIGEST_SIZE);
    atomic_store(&slot->state, KNOWN);
}
