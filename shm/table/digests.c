#include "shm/table/digests.h"

#include <stddef.h>
#include <string.h>

enum { FREE, COMPUTING, KNOWN };

static uint32_t state_of(const struct digest_entry *entry)
{
    return atomic_load(&entry->state);
}

static bool same_version(const struct digest_version *a, const struct digest_version *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static struct digest_entry *find(struct digests *digests, const struct digest_version *version)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if (state_of(&digests->entry[i]) != FREE &&
            same_version(&digests->entry[i].version, version))
            return &digests->entry[i];
    return NULL;
}

/* A free entry, or the one that was asked for longest ago; NULL where all are being computed. */
static struct digest_entry *find_room(struct digests *digests)
{
    struct digest_entry *oldest = NULL;

    for (size_t i = 0; i < DIGESTS; i++) {
        struct digest_entry *entry = &digests->entry[i];

        if (state_of(entry) == FREE)
            return entry;
        if (state_of(entry) == KNOWN && (oldest == NULL || entry->asked < oldest->asked))
            oldest = entry;
    }
    return oldest;
}

enum digest_answer digests_ask(struct digests *digests, const struct digest_version *version,
                               uint32_t slot, uint64_t serial, unsigned char digest[DIGEST_SIZE],
                               digest_owner *is_there, void *context)
{
    struct digest_entry *entry = find(digests, version);

    if (entry != NULL && state_of(entry) == KNOWN) {
        entry->asked = ++digests->clock;
        memcpy(digest, entry->digest, DIGEST_SIZE);
        return DIGEST_KNOWN;
    }
    if (entry != NULL && is_there(context, entry->slot, entry->serial))
        return DIGEST_BUSY;
    if (entry == NULL)
        entry = find_room(digests);
    if (entry == NULL)
        return DIGEST_YOURS; /* computed, and not kept */
    atomic_store(&entry->state, FREE);
    entry->version = *version;
    entry->slot = slot;
    entry->serial = serial;
    entry->asked = ++digests->clock;
    atomic_store(&entry->state, COMPUTING);
    return DIGEST_YOURS;
}

void digests_tell(struct digests *digests, const struct digest_version *version, uint32_t slot,
                  uint64_t serial, const unsigned char digest[DIGEST_SIZE])
{
    struct digest_entry *entry = find(digests, version);

    if (entry == NULL || state_of(entry) != COMPUTING || entry->slot != slot ||
        entry->serial != serial)
        return;
    if (digest == NULL) {
        atomic_store(&entry->state, FREE);
        return;
    }
    memcpy(entry->digest, digest, DIGEST_SIZE);
    atomic_store(&entry->state, KNOWN);
}
