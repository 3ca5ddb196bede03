#define _POSIX_C_SOURCE 200809L

#include "shm/table/digests.h"

#include <string.h>

#include "server/wire/clock.h"
#include "shm/table/layout.h"
#include "shm/table/record.h"

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

/* A free entry, or the least recently used one; NULL if all are being computed. */
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

/* Whether the session that computes a digest is still present, and goes on. */
static bool is_computed(const struct table *table, const struct digest_entry *entry)
{
    uint64_t now;

    return (uint64_t)clock_now() - entry->alive < DIGEST_STALLED_NS &&
           entry->slot < table->made.slots &&
           record_load(&table->memory->slot[entry->slot], &now, 1) && now == entry->serial;
}

static enum digest_answer ask(struct slot *mine, const struct digest_version *version,
                              unsigned char digest[DIGEST_SIZE])
{
    struct digests *digests = &table_store(mine->table)->digests;
    struct digest_entry *entry = find(digests, version);

    if (entry != NULL && state_of(entry) == KNOWN) {
        entry->asked = ++digests->clock;
        memcpy(digest, entry->digest, DIGEST_SIZE);
        return DIGEST_KNOWN;
    }
    if (entry != NULL && is_computed(mine->table, entry))
        return DIGEST_BUSY;
    if (entry == NULL)
        entry = find_room(digests);
    if (entry == NULL)
        return DIGEST_YOURS; /* all entries are in use, so digests_tell will not store the digest */
    atomic_store(&entry->state, FREE);
    entry->version = *version;
    entry->slot = mine->number;
    entry->serial = mine->serial;
    entry->asked = ++digests->clock;
    entry->alive = (uint64_t)clock_now();
    atomic_store(&entry->state, COMPUTING);
    return DIGEST_YOURS;
}

int digests_ask(struct slot *mine, const struct digest_version *version,
                unsigned char digest[DIGEST_SIZE], enum digest_answer *answer)
{
    if (table_lock(mine) != 0)
        return -1;
    *answer = ask(mine, version, digest);
    table_unlock(mine);
    return 0;
}

/* The entry of a digest that this session computes; NULL: another session has taken over. */
static struct digest_entry *find_mine(struct slot *mine, const struct digest_version *version)
{
    struct digest_entry *entry = find(&table_store(mine->table)->digests, version);

    return entry != NULL && state_of(entry) == COMPUTING && entry->slot == mine->number &&
                   entry->serial == mine->serial
               ? entry
               : NULL;
}

int digests_go_on(struct slot *mine, const struct digest_version *version)
{
    struct digest_entry *entry;

    if (table_lock(mine) != 0)
        return -1;
    entry = find_mine(mine, version);
    if (entry != NULL)
        entry->alive = (uint64_t)clock_now();
    table_unlock(mine);
    return 0;
}

static void tell(struct slot *mine, const struct digest_version *version,
                 const unsigned char digest[DIGEST_SIZE])
{
    struct digest_entry *entry = find_mine(mine, version);

    if (entry == NULL)
        return;
    if (digest == NULL) {
        atomic_store(&entry->state, FREE);
        return;
    }
    memcpy(entry->digest, digest, DIGEST_SIZE);
    atomic_store(&entry->state, KNOWN);
}

int digests_tell(struct slot *mine, const struct digest_version *version,
                 const unsigned char digest[DIGEST_SIZE])
{
    if (table_lock(mine) != 0)
        return -1;
    tell(mine, version, digest);
    table_unlock(mine);
    return 0;
}
