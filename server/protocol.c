#include "server/protocol.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool protocol_parse_reply(const char *line, struct reply_line *reply)
{
    if (line[0] == ' ') {
        *reply = (struct reply_line){.kind = REPLY_ITEM, .code = 0, .text = line + 1};
        return true;
    }
    if (line[0] < '1' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
        return false;
    if (line[3] != ' ' && line[3] != '-')
        return false;
    reply->kind = line[3] == '-' ? REPLY_FIRST : REPLY_LAST;
    reply->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    reply->text = line + 4;
    return true;
}

/* The decimal number that the text begins with; *text moves past it. */
static bool take_number(const char **text, uint64_t *value)
{
    const char *p = *text;
    uint64_t n = 0;

    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++) {
        if (n > (INT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *text = p;
    *value = n;
    return true;
}

/* The same and the one space after it. */
static bool take_field(const char **text, uint64_t *value)
{
    if (!take_number(text, value) || **text != ' ')
        return false;
    ++*text;
    return true;
}

bool protocol_parse_number(const char *text, uint64_t *number)
{
    return take_number(&text, number) && *text == '\0';
}

bool protocol_parse_transfer(const char *text, uint64_t *length, uint64_t *offset,
                             const char **name)
{
    if (!take_field(&text, length) || !take_field(&text, offset) || *text == '\0')
        return false;
    *name = text;
    return true;
}

bool protocol_parse_digest(const char *text, char hex[PROTOCOL_HEX_SIZE], uint64_t *size)
{
    static const char algorithm[] = "sha256 ", digits[] = "0123456789abcdef";
    const size_t length = PROTOCOL_HEX_SIZE - 1;

    if (strncmp(text, algorithm, sizeof algorithm - 1) != 0)
        return false;
    text += sizeof algorithm - 1;
    if (strspn(text, digits) != length || text[length] != ' ')
        return false;
    memcpy(hex, text, length);
    hex[length] = '\0';
    text += length + 1;
    return take_field(&text, size) && *text != '\0';
}
