/* A word that a member's browser can put into a link, for the files of the room: it says whose it
 * is and until when, and only this daemon can make it. */
#ifndef SERVER_WEB_TOKEN_H
#define SERVER_WEB_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/wire/key.h"

struct token {
    uint32_t slot;
    uint64_t serial; /* of the session in that slot, for as long as it is there */
    int64_t until;   /* of the monotonic clock, seconds */
};

/* Letters, digits and '.', with a NUL. */
#define TOKEN_SIZE 96
void token_write(char to[TOKEN_SIZE], const struct token *token, const struct key *secret);

/* Reads a word of `length` bytes. False: it was not made with this secret, or ended before `now`.
 */
bool token_read(struct token *token, const char *text, size_t length, const struct key *secret,
                int64_t now);

#endif
