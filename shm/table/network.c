#define _POSIX_C_SOURCE 200809L

#include "shm/table/network.h"

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

/* The bytes of an IPv6 address that stands for one of IPv4 begin so (RFC 4291, section 2.5.5.2). */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

bool network_address(const char *text, struct peer *peer, const char **scope, size_t *scope_length)
{
    size_t length = strlen(text), address;

    *peer = (struct peer){0};
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']' && strchr(text, ':') != NULL) {
        text++;
        length -= 2;
    }
    address = strcspn(text, "%");
    if (address > length)
        address = length;
    if (!peer_address(text, address, peer) || (address < length && peer->family != 6))
        return false;
    *scope = address < length ? text + address + 1 : text + length;
    *scope_length = address < length ? length - address - 1 : 0;
    if (peer->family == 6 && *scope_length == 0 && same_bits(peer->address, mapped, 96)) {
        memmove(peer->address, peer->address + sizeof mapped, 4);
        memset(peer->address + 4, 0, sizeof mapped);
        peer->family = 4;
    }
    return true;
}

bool network_parse(const char *text, struct network *network)
{
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    struct peer peer = {0};

    *network = (struct network){0};
    if (!peer_address(text, length, &peer))
        return false;
    network->family = peer.family;
    memcpy(network->address, peer.address, sizeof network->address);
    network->bits = BYTES(network) * 8;
    if (slash != NULL && !parse_bits(slash + 1, BYTES(network) * 8, &network->bits))
        return false;
    for (unsigned i = network->bits; i < BYTES(network) * 8; i++)
        if (network->address[i / 8] & 0x80 >> i % 8)
            return false;
    if (network->family == 6 && network->bits >= 96 && same_bits(network->address, mapped, 96)) {
        memmove(network->address, network->address + sizeof mapped, 4);
        network->family = 4;
        network->bits -= 96;
    }
    return true;
}

bool network_has(const struct network *network, const struct peer *peer)
{
    return network->family == peer->family &&
           same_bits(network->address, peer->address, network->bits);
}
