/* SHA-1 (FIPS 180-4), for the handshake of a WebSocket alone, which proves nothing but that the
 * server knows the protocol. */
#ifndef SERVER_WEB_SHA1_H
#define SERVER_WEB_SHA1_H

#include <stddef.h>

#define SHA1_SIZE 20

/* The digest of a text of at most SHA1_MOST bytes. */
#define SHA1_MOST 119
void sha1(unsigned char digest[SHA1_SIZE], const char *text, size_t length);

#endif
