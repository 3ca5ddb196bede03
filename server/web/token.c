#define _POSIX_C_SOURCE 200809L

#include "server/web/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/wire/protocol.h"

static const char purpose[] = "rollcall-token:";

void token_write(char to[TOKEN_SIZE], const struct token *token, const struct key *secret)
{
    char proof[KEY_HEX_SIZE], what[56]; /* three numbers */

    (void)snprintf(what, sizeof what, "%" PRIu32 ".%" PRIu64 ".%" PRIu64, token->slot,
                   token->serial, (uint64_t)token->until);
    key_prove(secret, purpose, what, proof);
    (void)snprintf(to, TOKEN_SIZE, "%s.%.32s", what, proof);
}

/* Takes the number up to the next '.', and moves *at behind that. */
static bool take_number(const char **at, uint64_t *number)
{
    size_t length = strcspn(*at, ".");
    char digits[24];

    if (length >= sizeof digits || (*at)[length] != '.')
        return false;
    memcpy(digits, *at, length);
    digits[length] = '\0';
    *at += length + 1;
    return protocol_parse_number(digits, number);
}

/* Compared with what this daemon would have written, in the same time wherever they differ. */
bool token_read(struct token *token, const char *text, size_t length, const struct key *secret,
                int64_t now)
{
    char theirs[TOKEN_SIZE], ours[TOKEN_SIZE] = "";
    const char *at = theirs;
    uint64_t slot, until;
    unsigned char difference = 0;

    if (length >= sizeof theirs)
        return false;
    memcpy(theirs, text, length);
    theirs[length] = '\0';
    if (strlen(theirs) != length || !take_number(&at, &slot) || !take_number(&at, &token->serial) ||
        !take_number(&at, &until) || slot > UINT32_MAX)
        return false;
    token->slot = (uint32_t)slot;
    token->until = (int64_t)until;
    token_write(ours, token, secret);
    for (size_t i = 0; i <= length; i++)
        difference |= (unsigned char)(theirs[i] ^ ours[i]);
    return difference == 0 && token->until > now;
}
