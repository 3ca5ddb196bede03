/* The header of the PROXY protocol, versions 1 (text) and 2 (binary), with which a proxy says whose
 * connection it passes on (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). Bytes are
 * read until the header is whole, and none behind it. */
#ifndef SERVER_WIRE_PROXY_H
#define SERVER_WIRE_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROXY_HEADER 2048 /* bytes of a header at most, its TLVs included */

/* Whose connection it is. */
struct proxy_origin {
    uint16_t family; /* 4 or 6; 0: the proxy's own (LOCAL), or it does not say (UNKNOWN, UNIX) */
    uint16_t port;
    unsigned char address[16];
};

/* How many bytes to read next, when `length` have come: never more than the header has. 0: it is
 * whole, or there is no header that begins so. */
size_t proxy_wants(const unsigned char *bytes, size_t length);

/* Parses a header of which proxy_wants wants nothing more. False: it is none. */
bool proxy_parse(const unsigned char *bytes, size_t length, struct proxy_origin *origin);

#endif
