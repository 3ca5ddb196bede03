#include "server/protocol.h"

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

/* A decimal number and the one space after it; *text moves past both. */
static bool parse_field(const char **text, uint64_t *value)
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
    if (*p != ' ')
        return false;
    *text = p + 1;
    *value = n;
    return true;
}

bool protocol_parse_transfer(const char *text, uint64_t *length, uint64_t *offset,
                             const char **name)
{
    if (!parse_field(&text, length) || !parse_field(&text, offset) || *text == '\0')
        return false;
    *name = text;
    return true;
}
