/* The room's key: who knows it answers a challenge with it, and it never goes over the wire
 * (HMAC-SHA-256, RFC 2104, FIPS 198-1). Shared by daemon and client. */
#ifndef SERVER_WIRE_KEY_H
#define SERVER_WIRE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "server/wire/sha256.h"

#define KEY_MAX      1024 /* bytes of a key; a passphrase, or 32 random bytes in hexadecimal */
#define KEY_NONCE    32   /* random bytes in a challenge */
#define KEY_HEX_SIZE SHA256_HEX_SIZE

struct key {
    size_t length; /* 0: none */
    unsigned char byte[KEY_MAX];
};

/* Reads a key from a file: all of it but the LF at its end. Returns 0, or -1 with errno: EPERM
 * where everybody may read the file, EINVAL where it holds no key or too long a one. */
int key_read(struct key *key, const char *path);

/* What was wrong, in one line, after that. */
void key_explain(const char *path, char *error, size_t size);

/* A challenge that was never given before, in hexadecimal. Returns 0, or -1 with errno. */
int key_challenge(char challenge[KEY_HEX_SIZE]);

/* The answer to it, in hexadecimal. */
void key_answer(const struct key *key, const char *challenge, char answer[KEY_HEX_SIZE]);

/* Whether both are the same, in a time that does not depend on where they differ. */
bool key_same(const char answer[KEY_HEX_SIZE], const char *other);

#endif
