/* SHA-256 (FIPS 180-4). */
#ifndef SERVER_WIRE_SHA256_H
#define SERVER_WIRE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE (2 * SHA256_SIZE + 1)

struct sha256 {
    uint32_t state[8];
    uint64_t length;         /* bytes added so far */
    unsigned char block[64]; /* the last of them that fill no block yet */
};

/* Begins a digest. */
void sha256_init(struct sha256 *sum);

/* Adds `size` bytes, less than 2^61 in all. */
void sha256_add(struct sha256 *sum, const void *data, size_t size);

/* The digest of all bytes added so far. *sum stays as it is, and more may be added. */
void sha256_end(const struct sha256 *sum, unsigned char digest[SHA256_SIZE]);

/* A digest in lower-case hexadecimal, with a NUL. */
void sha256_hex(char to[SHA256_HEX_SIZE], const unsigned char digest[SHA256_SIZE]);

#endif
