#define _POSIX_C_SOURCE 200809L

#include "server/wire/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t text_decode(const char *text, size_t length, uint32_t *character)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t c, least;
    size_t size;

    if (length == 0)
        return 0;
    if (s[0] < 0x80) {
        *character = s[0];
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        size = 2;
        c = s[0] & 0x1fU;
        least = 0x80;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        size = 3;
        c = s[0] & 0x0fU;
        least = 0x800;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        size = 4;
        c = s[0] & 0x07U;
        least = 0x10000;
    } else {
        return 0;
    }
    if (size > length)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fU);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *character = c;
    return size;
}

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\t') || (c >= 0x7f && c <= 0x9f);
}

/* Characters that make a terminal show a line in another order, or as two lines (UAX #9, UAX #14),
 * and those that show nothing. Not the joiners and the variation selectors, because letters and
 * emoji look other with them. */
static const struct text_range hidden[] = {
    {0xad, 0xad},     {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
    {0x180e, 0x180e}, {0x200b, 0x200b},   {0x200e, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f},
};

#define BLACK_FLAG 0x1f3f4

const char *text_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Whether the character is hidden. *flag: a flag came before, and is being spelled out by tags,
 * which are otherwise hidden; false at first. */
static bool is_hidden(uint32_t c, bool *flag)
{
    bool tag = c >= 0xe0020 && c <= 0xe007f && *flag;

    *flag = tag || c == BLACK_FLAG;
    return !tag && c >= hidden[0].first && text_is_in(hidden, sizeof hidden / sizeof hidden[0], c);
}

/* Whether eight bytes are ASCII without control characters: 0x80 is set in each byte of `bad` that
 * has its top bit, is below a space, or is DEL. (Borrows can mark a byte too many, but none too
 * few.) */
static bool is_plain(const char *text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = 0x80 * ones;
    uint64_t eight, bad;

    memcpy(&eight, text, sizeof eight);
    bad = eight | (eight - ' ' * ones) | ((eight ^ 0x7f * ones) - ones);
    return (bad & tops) == 0;
}

/* Whether all is UTF-8 without control characters other than TAB; `plain`: without hidden
 * characters, too. */
static bool is_clean(const char *text, size_t length, bool plain)
{
    const char *begin = text;
    bool flag = false;

    while (length > 0) {
        uint32_t c;
        size_t size;

        if (length < 8 && text - begin >= 8 && is_plain(text + length - 8))
            break; /* the last eight bytes, some of them twice */
        if (length >= 8 && is_plain(text)) {
            text += 8;
            length -= 8;
            flag = false;
            continue;
        }
        if (*text >= ' ' && *text < 0x7f) { /* the usual case, and quicker than decoding */
            text++;
            length--;
            flag = false;
            continue;
        }
        size = text_decode(text, length, &c);

        if (size == 0 || is_control(c) || (plain && is_hidden(c, &flag)))
            return false;
        text += size;
        length -= size;
    }
    return true;
}

bool text_is_clean(const char *text, size_t length)
{
    return is_clean(text, length, false);
}

bool text_is_name(const char *name, size_t length)
{
    return is_clean(name, length, true) && memchr(name, '\t', length) == NULL;
}

bool text_hides(const char *text, size_t length)
{
    return !is_clean(text, length, true);
}

size_t text_show(char *to, size_t size, const char *text, size_t length)
{
    size_t used = 0;
    bool flag = false;

    while (length > 0) {
        char escaped[sizeof "\\u{10ffff}"];
        const char *piece = text;
        uint32_t c;
        size_t taken = text_decode(text, length, &c);
        size_t piece_size = taken;

        if (taken == 0 || is_control(c)) {
            /* one byte at a time: a C1 character is two bytes, and both are shown */
            taken = 1;
            piece_size = (size_t)snprintf(escaped, sizeof escaped, "\\x%02X",
                                          (unsigned)(unsigned char)*text);
            piece = escaped;
        } else if (is_hidden(c, &flag)) {
            piece_size = (size_t)snprintf(escaped, sizeof escaped, "\\u{%04X}", (unsigned)c);
            piece = escaped;
        }
        if (used + piece_size >= size)
            break;
        memcpy(to + used, piece, piece_size);
        used += piece_size;
        text += taken;
        length -= taken;
    }
    to[used] = '\0';
    return used;
}

/* JSON leaves '"', '\\' and TAB to escape: text_show lets no other control character through. */
void text_json(FILE *out, const char *text, size_t length)
{
    fputc('"', out);
    while (length > 0) {
        size_t size = length < 1000 ? length : 1000;
        char shown[TEXT_SHOWN_SIZE(1000)];

        while (size < length && size > 990 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--; /* cut between characters */
        text_show(shown, sizeof shown, text, size);
        for (const char *c = shown; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\' || *c == '\t')
                fputc('\\', out);
            fputc(*c == '\t' ? 't' : *c, out);
        }
        text += size;
        length -= size;
    }
    fputc('"', out);
}

static int beside(const void *character, const void *row)
{
    const struct text_range *range = row;
    uint32_t c = *(const uint32_t *)character;

    return (c > range->last) - (c < range->first);
}

const void *text_find_range(const void *rows, size_t count, size_t size, uint32_t c)
{
    return bsearch(&c, rows, count, size, beside);
}

bool text_is_in(const struct text_range *ranges, size_t count, uint32_t c)
{
    return text_find_range(ranges, count, sizeof *ranges, c) != NULL;
}
