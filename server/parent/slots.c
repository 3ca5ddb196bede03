#define _POSIX_C_SOURCE 200809L

#include "server/parent/slots.h"

#include <errno.h>
#include <stddef.h>

#include "server/system/platform.h"

#define LEVELS 3 /* 64 * 64 * 64 slots */

static uint32_t words(uint32_t bits)
{
    return (bits + 63) / 64;
}

/* The lowest clear bit of a word that has one, found by halving in six steps. */
static uint32_t lowest_clear(uint64_t word)
{
    uint64_t free = ~word;
    uint32_t bit = 0;

    for (uint32_t half = 32; half > 0; half /= 2)
        if ((free & ((UINT64_C(1) << half) - 1)) == 0) {
            free >>= half;
            bit += half;
        }
    return bit;
}

int slots_init(struct slots *slots, uint32_t size)
{
    uint32_t count[LEVELS] = {words(size), words(words(size)), 1}, chains = 64;
    uint64_t *bits;

    if (size < 1 || size > 64 * 64 * 64) {
        errno = EINVAL;
        return -1;
    }
    while (chains < size)
        chains *= 2;
    *slots = (struct slots){.size = size, .limit = size, .mask = chains - 1};
    slots->entry = platform_private_memory(size * sizeof slots->entry[0]);
    slots->chain = platform_private_memory(chains * sizeof slots->chain[0]);
    bits = platform_private_memory((count[0] + count[1] + count[2]) * sizeof *bits);
    if (slots->entry == NULL || slots->chain == NULL || bits == NULL)
        return -1;
    for (uint32_t i = 0; i < chains; i++)
        slots->chain[i] = SLOTS_NONE;
    for (int i = 0, at = 0; i < LEVELS; at += (int)count[i], i++)
        slots->level[i] = bits + at;
    /* bits past the end count as taken */
    for (uint32_t i = size; i < count[0] * 64; i++)
        slots->level[0][i / 64] |= UINT64_C(1) << i % 64;
    for (uint32_t i = count[0]; i < count[1] * 64; i++)
        slots->level[1][i / 64] |= UINT64_C(1) << i % 64;
    for (uint32_t i = count[1]; i < 64; i++)
        slots->level[2][0] |= UINT64_C(1) << i;
    return 0;
}

uint32_t slots_lowest(const struct slots *slots)
{
    uint32_t at = 0;

    if (slots->used >= slots->limit)
        return SLOTS_NONE;
    for (int i = LEVELS - 1; i >= 0; i--)
        at = at * 64 + lowest_clear(slots->level[i][at]);
    return at;
}

static uint32_t *chain_of(const struct slots *slots, pid_t pid)
{
    return &slots->chain[(uint32_t)pid & slots->mask];
}

void slots_take(struct slots *slots, uint32_t slot, const struct slot_entry *entry)
{
    uint32_t *chain = chain_of(slots, entry->pid), at = slot;

    slots->entry[slot] = *entry;
    slots->entry[slot].next = *chain;
    *chain = slot;
    slots->used++;
    if (slot >= slots->top)
        slots->top = slot + 1;
    for (int i = 0; i < LEVELS; i++, at /= 64) {
        slots->level[i][at / 64] |= UINT64_C(1) << at % 64;
        if (slots->level[i][at / 64] != UINT64_MAX)
            break;
    }
}

uint32_t slots_find(const struct slots *slots, pid_t pid)
{
    uint32_t slot = *chain_of(slots, pid);

    while (slot != SLOTS_NONE && slots->entry[slot].pid != pid)
        slot = slots->entry[slot].next;
    return slot;
}

void slots_free(struct slots *slots, uint32_t slot)
{
    uint32_t *link = chain_of(slots, slots->entry[slot].pid), at = slot;

    while (*link != slot)
        link = &slots->entry[*link].next;
    *link = slots->entry[slot].next;
    slots->entry[slot].pid = 0;
    slots->used--;
    while (slots->top > 0 && slots->entry[slots->top - 1].pid == 0)
        slots->top--;
    for (int i = 0; i < LEVELS; i++, at /= 64)
        slots->level[i][at / 64] &= ~(UINT64_C(1) << at % 64);
}

/* The entries in use; all else follows from them. */
bool slots_carry(struct slots *slots, struct parcel *parcel)
{
    uint32_t top = slots->top, limit = slots->limit;

    if (!parcel->packs && parcel->failed == NULL && slots_init(slots, slots->size) != 0)
        return false;
    slots->limit = limit;
    for (uint32_t i = 0; i < top && parcel->failed == NULL; i++) {
        struct slot_entry entry = {0};

        if (parcel->packs)
            entry = slots->entry[i];
        parcel_bytes(parcel, &entry, sizeof entry);
        if (parcel->packs || parcel->failed != NULL || entry.pid == 0)
            continue;
        if (i < slots->size)
            slots_take(slots, i, &entry);
        else
            parcel_fail(parcel);
    }
    return true;
}
