#include "server/wire/protocol.h"

#include <string.h>

#include "server/wire/letters.h"
#include "server/wire/text.h"

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

/* Takes the decimal number, up to INT64_MAX, that the text begins with; *text moves past it. */
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

/* Takes a number and the space after it. */
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

static const char client_prefix[] = "Client";

void protocol_client_name(char name[PROTOCOL_NAME_MAX + 1], uint32_t number)
{
    char digits[10];
    size_t count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0 || count < 2);
    memcpy(name, client_prefix, sizeof client_prefix - 1);
    name += sizeof client_prefix - 1;
    while (count > 0)
        *name++ = digits[--count];
    *name = '\0';
}

bool protocol_is_client_name(const char *name)
{
    const size_t prefix = strlen(client_prefix);

    return strncmp(name, client_prefix, prefix) == 0 && name[prefix] != '\0' &&
           strspn(name + prefix, "0123456789") == strlen(name + prefix);
}

static const char letters_and_digits[] = "1 to 31 letters, digits, '-' and '_'";

/* What has been read of a name. */
struct naming {
    uint32_t letter; /* the last that is no mark; 0: none in this word */
    unsigned order;  /* of the last mark */
    unsigned script; /* of this word; 0: any */
};

static bool is_accent(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || c == 0x3099 || c == 0x309a;
}

/* Takes the next character. Returns what was expected instead, or NULL. */
static const char *take_letter(struct naming *naming, uint32_t c)
{
    static const char whole[] = "letters that are one character with their accent, as \u00e9";
    unsigned order = letters_order(c), script = letters_script(c);

    if (c == '-' || c == '_') {
        *naming = (struct naming){.letter = 0};
        return NULL;
    }
    if (is_accent(c) && naming->letter != 0)
        return whole;
    if (!letters_is(c) || (letters_is_mark(c) && naming->letter == 0))
        return letters_and_digits;
    if (letters_compose(naming->letter, c) || (order != 0 && order < naming->order))
        return whole;
    if (script != 0 && naming->script != 0 && script != naming->script)
        return "one alphabet in a word: letters of different ones look alike";
    naming->order = order;
    if (!letters_is_mark(c))
        naming->letter = c;
    if (script != 0)
        naming->script = script;
    return NULL;
}

const char *protocol_name_expects(const char *name)
{
    size_t length = strlen(name), count = 0;
    struct naming naming = {.letter = 0};

    for (; length > 0 && count < PROTOCOL_NAME_LETTERS; count++) {
        const char *expected;
        uint32_t c;
        size_t size = text_decode(name, length, &c);

        if (size == 0)
            return letters_and_digits;
        expected = take_letter(&naming, c);
        if (expected != NULL)
            return expected;
        name += size;
        length -= size;
    }
    return count > 0 && length == 0 ? NULL : letters_and_digits;
}

bool protocol_name_valid(const char *name)
{
    return protocol_name_expects(name) == NULL;
}

bool protocol_file_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= PROTOCOL_FILE_MAX && name[0] != '.' &&
           strchr(name, '/') == NULL && text_is_name(name, length);
}

bool protocol_parse_name(const char *from, char name[PROTOCOL_NAME_MAX + 1], const char **text)
{
    size_t length = strcspn(from, " ");

    if (length == 0 || length > PROTOCOL_NAME_MAX)
        return false;
    memcpy(name, from, length);
    name[length] = '\0';
    *text = from + length + (from[length] == ' ');
    return true;
}

static const char hex_digits[] = "0123456789abcdefABCDEF";

static unsigned value_of(char digit)
{
    unsigned value = (unsigned)(strchr(hex_digits, digit) - hex_digits);

    return value < 16 ? value : value - 6;
}

bool protocol_parse_hex(const char *hex, unsigned char *bytes, size_t size)
{
    if (strspn(hex, hex_digits) != 2 * size || hex[2 * size] != '\0')
        return false;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value_of(hex[2 * i]) << 4 | value_of(hex[2 * i + 1]));
    return true;
}

bool protocol_parse_transfer(const char *text, uint64_t *length, uint64_t *offset,
                             const char **name)
{
    if (!take_field(&text, length) || !take_field(&text, offset) || *text == '\0')
        return false;
    *name = text;
    return true;
}

/* Takes a digest and the character after it. */
static bool take_hex_until(const char **text, char hex[PROTOCOL_HEX_SIZE], char after)
{
    const size_t length = PROTOCOL_HEX_SIZE - 1;

    if (strspn(*text, hex_digits) != length || (*text)[length] != after)
        return false;
    for (size_t i = 0; i < length; i++)
        hex[i] = hex_digits[value_of((*text)[i])];
    hex[length] = '\0';
    *text += length + 1;
    return true;
}

/* Takes a digest and the space after it. */
static bool take_hex(const char **text, char hex[PROTOCOL_HEX_SIZE])
{
    return take_hex_until(text, hex, ' ');
}

/* Takes "sha256", a digest and the space after that. */
static bool take_digest(const char **text, char hex[PROTOCOL_HEX_SIZE])
{
    static const char algorithm[] = "sha256 ";

    if (strncmp(*text, algorithm, sizeof algorithm - 1) != 0)
        return false;
    *text += sizeof algorithm - 1;
    return take_hex(text, hex);
}

/* Takes a word of less than `size` bytes and the space after it. */
static bool take_word(const char **text, char *word, size_t size)
{
    size_t length = strcspn(*text, " ");

    if (length == 0 || length >= size || (*text)[length] == '\0')
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length + 1;
    return true;
}

bool protocol_parse_working(const char *text, unsigned *percent)
{
    uint64_t done, total;

    if (!take_field(&text, &done) || !protocol_parse_number(text, &total) || total == 0 ||
        done > total)
        return false;
    *percent = (unsigned)((double)done * 100 / (double)total);
    return true;
}

bool protocol_parse_digest(const char *text, char hex[PROTOCOL_HEX_SIZE], uint64_t *size)
{
    return take_digest(&text, hex) && take_field(&text, size) && *text != '\0';
}

bool protocol_parse_got(const char *text, char hex[PROTOCOL_HEX_SIZE], const char **name)
{
    if (!take_hex(&text, hex))
        return false;
    *name = text;
    return *text != '\0';
}

bool protocol_parse_put(const char *text, uint64_t *length, char hex[PROTOCOL_HEX_SIZE],
                        const char **name)
{
    hex[0] = '\0';
    if (!take_number(&text, length))
        return false;
    if (*text == ':') {
        text++;
        if (!take_hex(&text, hex))
            return false;
    } else if (*text++ != ' ') {
        return false;
    }
    *name = text;
    return *text != '\0';
}

bool protocol_parse_put_go_on(const char *text, uint64_t *length, char hex[PROTOCOL_HEX_SIZE],
                              const char **name)
{
    if (!take_number(&text, length) || *text++ != ':' || !take_hex_until(&text, hex, ':') ||
        *text != ' ')
        return false;
    *name = text + 1;
    return text[1] != '\0';
}

bool protocol_parse_put_ask(const char *text, uint64_t *length, const char **name)
{
    if (!take_number(&text, length) || text[0] != ':' || text[1] != ' ')
        return false;
    *name = text + 2;
    return text[2] != '\0';
}

bool protocol_parse_go_on(const char *text, uint64_t *offset)
{
    return take_field(&text, offset);
}

bool protocol_parse_place(const char *text, uint64_t *place)
{
    return take_field(&text, place) && *place > 0;
}

uint64_t protocol_parse_hidden(const char *text)
{
    static const char end[] = "End, ";
    uint64_t count = 0;

    if (strncmp(text, end, strlen(end)) != 0)
        return 0;
    text += strlen(end);
    return take_number(&text, &count) ? count : 0;
}

bool protocol_parse_receipt(const char *text, struct protocol_receipt *receipt)
{
    return take_digest(&text, receipt->hex) && take_field(&text, &receipt->length) &&
           take_word(&text, receipt->time, sizeof receipt->time) &&
           take_word(&text, receipt->earlier, sizeof receipt->earlier) &&
           *(receipt->name = text) != '\0';
}
