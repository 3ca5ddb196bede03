/* What the daemon takes along when another program takes its place: bytes in memory that the old
 * program packs and the new one unpacks. One function of each part's does both, in the same order,
 * so packing and unpacking cannot differ; and each part is marked with its name and the size of its
 * structures, so programs that differ there are found out. Pointers mean nothing in another
 * program: whoever packs a structure whole carries what its pointers lead to after it. */
#ifndef SERVER_PARCEL_H
#define SERVER_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARCEL_VERSION 32 /* bytes of a program's version */

struct parcel {
    unsigned char *memory;
    size_t size, used;
    bool packs;         /* else it unpacks */
    const char *failed; /* the part that did not fit, or differs; NULL: none. Then nothing is copied
                           any more */
    const char *part;   /* that is at hand */
};

/* Begins to pack into so many bytes of memory. */
void parcel_begin(struct parcel *parcel, void *memory, size_t size);

/* All is packed. Returns false if it did not fit: parcel->failed. */
bool parcel_end(struct parcel *parcel, const char *version);

/* Opens what another program has packed, and says of which version that is. Returns false if it is
 * damaged. */
bool parcel_open(struct parcel *parcel, void *memory, size_t size, char version[PARCEL_VERSION]);

/* What was unpacked cannot be. */
void parcel_fail(struct parcel *parcel);

/* Whether all was unpacked, and nothing is left. */
bool parcel_is_empty(const struct parcel *parcel);

/* A part begins; `identity` must be the same in both programs. */
void parcel_part(struct parcel *parcel, const char *name, uint64_t identity);

/* Packs these bytes, or unpacks them. What is unpacked after a failure is zero. */
void parcel_bytes(struct parcel *parcel, void *data, size_t size);

/* The same for a text; unpacked it lies in memory of its own, which is never freed. NULL stays
 * NULL.
 */
void parcel_text(struct parcel *parcel, const char **text);

/* The same for so many bytes; unpacked they are in memory that is the caller's to free. A NUL is
 * behind them. */
void parcel_block(struct parcel *parcel, char **block, size_t *length);

/* A number that both programs make out of bytes in the same way (like FNV-1a, word by
 * word). */
uint64_t parcel_hash(const void *data, size_t size);

#endif
