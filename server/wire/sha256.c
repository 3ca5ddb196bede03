/* The sections named are those of FIPS 180-4. */
#include "server/wire/sha256.h"

#include <string.h>

/* Section 4.2.2 */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* Section 6.2.2, with the standard's letters */
static void take_block(struct sha256 *sum, const unsigned char *block)
{
    uint32_t W[64], a = sum->state[0], b = sum->state[1], c = sum->state[2], d = sum->state[3],
                    e = sum->state[4], f = sum->state[5], g = sum->state[6], h = sum->state[7];

    for (int t = 0; t < 16; t++)
        W[t] = load(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(W[t - 15], 7) ^ rotate(W[t - 15], 18) ^ W[t - 15] >> 3;
        uint32_t s1 = rotate(W[t - 2], 17) ^ rotate(W[t - 2], 19) ^ W[t - 2] >> 10;

        W[t] = s1 + W[t - 7] + s0 + W[t - 16];
    }
    for (int t = 0; t < 64; t++) {
        uint32_t S1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t S0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t T1 = h + S1 + ((e & f) ^ (~e & g)) + K[t] + W[t];
        uint32_t T2 = S0 + ((a & b) ^ (a & c) ^ (b & c));

        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
    }
    sum->state[0] += a;
    sum->state[1] += b;
    sum->state[2] += c;
    sum->state[3] += d;
    sum->state[4] += e;
    sum->state[5] += f;
    sum->state[6] += g;
    sum->state[7] += h;
}

/* Section 5.3.3 */
static const uint32_t H[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void sha256_init(struct sha256 *sum)
{
    memcpy(sum->state, H, sizeof H);
    sum->length = 0;
}

void sha256_add(struct sha256 *sum, const void *data, size_t size)
{
    const unsigned char *from = data;
    size_t held = sum->length % sizeof sum->block;

    sum->length += size;
    if (held > 0) {
        size_t more = sizeof sum->block - held < size ? sizeof sum->block - held : size;

        memcpy(sum->block + held, from, more);
        if (held + more < sizeof sum->block)
            return;
        take_block(sum, sum->block);
        from += more;
        size -= more;
    }
    for (; size >= sizeof sum->block; from += sizeof sum->block, size -= sizeof sum->block)
        take_block(sum, from);
    if (size > 0)
        memcpy(sum->block, from, size);
}

/* Section 5.1.1: a bit 1, zeros, and the length in bits. */
void sha256_end(const struct sha256 *sum, unsigned char digest[SHA256_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    struct sha256 whole = *sum;
    uint64_t bits = sum->length * 8;
    size_t held = sum->length % 64;
    unsigned char length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_add(&whole, padding, (held < 56 ? 56 : 120) - held);
    sha256_add(&whole, length, sizeof length);
    for (int i = 0; i < SHA256_SIZE; i++)
        digest[i] = (unsigned char)(whole.state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_hex(char to[SHA256_HEX_SIZE], const unsigned char digest[SHA256_SIZE])
{
    static const char digit[] = "0123456789abcdef";

    for (int i = 0; i < SHA256_SIZE; i++) {
        to[2 * i] = digit[digest[i] >> 4];
        to[2 * i + 1] = digit[digest[i] & 15];
    }
    to[2 * SHA256_SIZE] = '\0';
}
