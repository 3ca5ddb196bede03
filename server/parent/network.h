/* Networks of addresses, as people write them: "192.168.1.0/24", "fd00::/8", "10.0.0.7" (RFC 4632).
 */
#ifndef SERVER_PARENT_NETWORK_H
#define SERVER_PARENT_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/limits.h"
#include "shm/table/types.h"

struct network {
    uint16_t family; /* as in struct peer */
    unsigned bits;
    unsigned char address[16];
};

struct networks {
    size_t count;
    struct network network[LIMIT_NETWORKS];
};

/* Parses a network; a bare address is a network of one. False: it is none, or has bits set past its
 * length. */
bool network_parse(const char *text, struct network *network);

/* Whether one of the networks contains this address. */
bool networks_have(const struct networks *networks, const struct peer *peer);

#endif
