/* Networks of addresses, as people write them: "192.168.1.0/24", "fd00::/8", "10.0.0.7" (RFC 4632).
 */
#ifndef SHM_TABLE_NETWORK_H
#define SHM_TABLE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/table/types.h"

struct network {
    uint16_t family; /* as in struct peer */
    unsigned bits;
    unsigned char address[16];
};

/* Parses a numeric address, with "%interface" behind one of IPv6, perhaps in brackets. An IPv6
 * address that stands for one of IPv4 (::ffff:127.0.0.1) is that one. Fills family and address;
 * *scope is the interface in the text, of *scope_length bytes. False: it is none. */
bool network_address(const char *text, struct peer *peer, const char **scope, size_t *scope_length);

/* Parses a network, IPv4 ones also as networks of IPv6 (::ffff:10.0.0.0/104); a bare address is a
 * network of one. False: it is none, or has bits set past its length. */
bool network_parse(const char *text, struct network *network);

/* Whether the network contains this address. */
bool network_has(const struct network *network, const struct peer *peer);

#endif
