/* SHA-256 (FIPS 180-4). */
#ifndef SERVER_WIRE_SHA256_H
#define SERVER_WIRE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE (2 * SHA256_SIZE + 1)

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
};

void sha256_init(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *data, size_t size);

/* The digest of all that was added so far; more may follow. */
void sha256_end(const struct sha256 *sum, unsigned char digest[SHA256_SIZE]);

/* In lower case, NUL-terminated. */
void sha256_hex(char to[SHA256_HEX_SIZE], const unsigned char digest[SHA256_SIZE]);

#endif
