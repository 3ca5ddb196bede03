#define _POSIX_C_SOURCE 200809L

#include "server/parcel.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x6c6c61636c6c6f72) /* "rollcall" */
#define NONE  UINT64_MAX                   /* the length of a text that is NULL */

struct head {
    uint64_t magic, used, sum; /* sum: of the bytes behind the head */
    char version[PARCEL_VERSION];
};

uint64_t parcel_hash(const void *data, size_t size)
{
    const unsigned char *byte = data;
    uint64_t hash = UINT64_C(14695981039346656037), word;
    size_t i = 0;

    for (; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, byte + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(1099511628211);
        hash ^= hash >> 32;
    }
    for (; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

void parcel_fail(struct parcel *parcel)
{
    if (parcel->failed == NULL)
        parcel->failed = parcel->part;
}

void parcel_begin(struct parcel *parcel, void *memory, size_t size)
{
    *parcel = (struct parcel){.memory = memory,
                              .size = size,
                              .used = sizeof(struct head),
                              .packs = true,
                              .part = "the beginning"};
    if (size < sizeof(struct head))
        parcel_fail(parcel);
}

bool parcel_end(struct parcel *parcel, const char *version)
{
    struct head head = {.magic = MAGIC, .used = parcel->used};

    if (parcel->failed != NULL)
        return false;
    head.sum = parcel_hash(parcel->memory + sizeof head, parcel->used - sizeof head);
    strncpy(head.version, version, sizeof head.version - 1);
    memcpy(parcel->memory, &head, sizeof head);
    return true;
}

bool parcel_open(struct parcel *parcel, void *memory, size_t size, char version[PARCEL_VERSION])
{
    struct head head;

    if (size < sizeof head)
        return false;
    memcpy(&head, memory, sizeof head);
    if (head.magic != MAGIC || head.used < sizeof head || head.used > size ||
        head.version[sizeof head.version - 1] != '\0' ||
        head.sum != parcel_hash((char *)memory + sizeof head, (size_t)head.used - sizeof head))
        return false;
    memcpy(version, head.version, sizeof head.version);
    *parcel = (struct parcel){
        .memory = memory, .size = (size_t)head.used, .used = sizeof head, .part = "the beginning"};
    return true;
}

bool parcel_is_empty(const struct parcel *parcel)
{
    return parcel->failed == NULL && parcel->used == parcel->size;
}

void parcel_bytes(struct parcel *parcel, void *data, size_t size)
{
    if (size > parcel->size - parcel->used)
        parcel_fail(parcel);
    if (parcel->failed != NULL) {
        if (!parcel->packs)
            memset(data, 0, size);
        return;
    }
    if (parcel->packs)
        memcpy(parcel->memory + parcel->used, data, size);
    else
        memcpy(data, parcel->memory + parcel->used, size);
    parcel->used += size;
}

void parcel_part(struct parcel *parcel, const char *name, uint64_t identity)
{
    uint64_t mark[2] = {parcel_hash(name, strlen(name)), identity}, found[2];

    parcel->part = name;
    memcpy(found, mark, sizeof found);
    parcel_bytes(parcel, found, sizeof found);
    if (memcmp(found, mark, sizeof found) != 0)
        parcel_fail(parcel);
}

/* Unpacks so many bytes into memory of their own. NULL: a failure. */
static char *take(struct parcel *parcel, uint64_t length)
{
    char *copy = NULL;

    if (parcel->failed == NULL && length <= parcel->size - parcel->used)
        copy = calloc(1, (size_t)length + 1);
    if (copy == NULL)
        parcel_fail(parcel);
    else
        parcel_bytes(parcel, copy, (size_t)length);
    return copy;
}

void parcel_block(struct parcel *parcel, char **block, size_t *length)
{
    uint64_t size = *length;

    parcel_bytes(parcel, &size, sizeof size);
    if (parcel->packs) {
        parcel_bytes(parcel, *block, *length);
        return;
    }
    *block = take(parcel, size);
    *length = *block != NULL ? (size_t)size : 0;
}

void parcel_text(struct parcel *parcel, const char **text)
{
    uint64_t length = parcel->packs && *text != NULL ? strlen(*text) : NONE;

    parcel_bytes(parcel, &length, sizeof length);
    if (parcel->packs && length != NONE)
        parcel_bytes(parcel, (void *)(uintptr_t)*text, (size_t)length);
    if (!parcel->packs)
        *text = length != NONE ? take(parcel, length) : NULL;
}
