#include "server/parent/slots.h"

#include <errno.h>
#include <stddef.h>

#include "server/system/platform.h"

#define LEVELS 3 /* 64 * 64 * 64 places */

static uint32_t words(uint32_t bits)
{
    return (bits + 63) / 64;
}

/* The lowest bit that is clear; the word has one. By halves, so it costs six steps whatever. */
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

int places_init(struct places *places, uint32_t size)
{
    uint32_t count[LEVELS] = {words(size), words(words(size)), 1}, chains = 64;
    uint64_t *bits;

    if (size < 1 || size > 64 * 64 * 64) {
        errno = EINVAL;
        return -1;
    }
    while (chains < size)
        chains *= 2;
    *places = (struct places){.size = size, .mask = chains - 1};
    places->entry = platform_private_memory(size * sizeof places->entry[0]);
    places->chain = platform_private_memory(chains * sizeof places->chain[0]);
    bits = platform_private_memory((count[0] + count[1] + count[2]) * sizeof *bits);
    if (places->entry == NULL || places->chain == NULL || bits == NULL)
        return -1;
    for (uint32_t i = 0; i < chains; i++)
        places->chain[i] = PLACES_NONE;
    for (int i = 0, at = 0; i < LEVELS; at += (int)count[i], i++)
        places->level[i] = bits + at;
    /* what is past the end counts as taken */
    for (uint32_t i = size; i < count[0] * 64; i++)
        places->level[0][i / 64] |= UINT64_C(1) << i % 64;
    for (uint32_t i = count[0]; i < count[1] * 64; i++)
        places->level[1][i / 64] |= UINT64_C(1) << i % 64;
    for (uint32_t i = count[1]; i < 64; i++)
        places->level[2][0] |= UINT64_C(1) << i;
    return 0;
}

uint32_t places_lowest(const struct places *places)
{
    uint32_t at = 0;

    if (places->used == places->size)
        return PLACES_NONE;
    for (int i = LEVELS - 1; i >= 0; i--)
        at = at * 64 + lowest_clear(places->level[i][at]);
    return at;
}

static uint32_t *chain_of(const struct places *places, pid_t pid)
{
    return &places->chain[(uint32_t)pid & places->mask];
}

void places_take(struct places *places, uint32_t place, const struct place_entry *entry)
{
    uint32_t *chain = chain_of(places, entry->pid), at = place;

    places->entry[place] = *entry;
    places->entry[place].next = *chain;
    *chain = place;
    places->used++;
    if (place >= places->top)
        places->top = place + 1;
    for (int i = 0; i < LEVELS; i++, at /= 64) {
        places->level[i][at / 64] |= UINT64_C(1) << at % 64;
        if (places->level[i][at / 64] != UINT64_MAX)
            break;
    }
}

uint32_t places_find(const struct places *places, pid_t pid)
{
    uint32_t place = *chain_of(places, pid);

    while (place != PLACES_NONE && places->entry[place].pid != pid)
        place = places->entry[place].next;
    return place;
}

void places_free(struct places *places, uint32_t place)
{
    uint32_t *link = chain_of(places, places->entry[place].pid), at = place;

    while (*link != place)
        link = &places->entry[*link].next;
    *link = places->entry[place].next;
    places->entry[place].pid = 0;
    places->used--;
    while (places->top > 0 && places->entry[places->top - 1].pid == 0)
        places->top--;
    for (int i = 0; i < LEVELS; i++, at /= 64)
        places->level[i][at / 64] &= ~(UINT64_C(1) << at % 64);
}
