/* The room's key. A client proves that it knows the key by an HMAC-SHA-256 (RFC 2104, FIPS 198-1)
 * of the daemon's challenge; the key itself is never sent. Daemon and client use this. */
#ifndef SERVER_WIRE_KEY_H
#define SERVER_WIRE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "server/wire/sha256.h"

#define KEY_MAX      1024 /* bytes of a key: a passphrase, or random bytes in hexadecimal */
#define KEY_NONCE    32   /* random bytes in a challenge */
#define KEY_HEX_SIZE SHA256_HEX_SIZE

struct key {
    size_t length; /* bytes; 0: no key is needed */
    unsigned char byte[KEY_MAX];
};

/* Reads a key: all of the file but an LF at its end. Returns 0, or -1 with errno: EPERM if
 * everybody may read or write the file, EINVAL if the key would have 0 bytes or more than KEY_MAX.
 */
int key_read(struct key *key, const char *path);

/* After key_read has failed: one line that says what is wrong, from errno. */
void key_explain(const char *path, char *error, size_t size);

/* A new challenge: KEY_NONCE bytes of /dev/urandom, in hexadecimal. Returns 0, or -1 with errno. */
int key_challenge(char challenge[KEY_HEX_SIZE]);

/* The HMAC of two texts, one behind the other, in hexadecimal: of a purpose, so that the proof
 * cannot serve another, and of what is proven. key->length must not be 0. */
void key_prove(const struct key *key, const char *purpose, const char *text,
               char proof[KEY_HEX_SIZE]);

/* The answer to a challenge, in hexadecimal. key->length must not be 0. */
void key_answer(const struct key *key, const char *challenge, char answer[KEY_HEX_SIZE]);

/* Whether both answers are the same. Takes the same time wherever they differ. */
bool key_same(const char answer[KEY_HEX_SIZE], const char *other);

#endif
