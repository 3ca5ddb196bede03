#define _POSIX_C_SOURCE 200809L

#include "server/parent/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(network) ((network)->family == 4 ? 4U : 16U)

/* Whether the first `bits` of both are the same. */
static bool same_bits(const unsigned char *one, const unsigned char *other, unsigned bits)
{
    unsigned char rest = (unsigned char)(0xff00 >> bits % 8);

    return memcmp(one, other, bits / 8) == 0 &&
           (bits % 8 == 0 || ((one[bits / 8] ^ other[bits / 8]) & rest) == 0);
}

static bool parse_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t digits = strspn(text, "0123456789");

    *bits = digits >= 1 && digits <= 3 ? (unsigned)strtoul(text, NULL, 10) : most + 1;
    return text[digits] == '\0' && *bits <= most;
}

bool network_parse(const char *text, struct network *network)
{
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    char address[INET6_ADDRSTRLEN];

    *network = (struct network){0};
    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (inet_pton(AF_INET, address, network->address) == 1)
        network->family = 4;
    else if (inet_pton(AF_INET6, address, network->address) == 1)
        network->family = 6;
    else
        return false;
    network->bits = BYTES(network) * 8;
    if (slash != NULL && !parse_bits(slash + 1, BYTES(network) * 8, &network->bits))
        return false;
    for (unsigned i = network->bits; i < BYTES(network) * 8; i++)
        if (network->address[i / 8] & 0x80 >> i % 8)
            return false;
    return true;
}

bool networks_have(const struct networks *networks, const struct peer *peer)
{
    for (size_t i = 0; i < networks->count; i++) {
        const struct network *network = &networks->network[i];

        if (network->family == peer->family &&
            same_bits(network->address, peer->address, network->bits))
            return true;
    }
    return false;
}
