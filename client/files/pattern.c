#define _POSIX_C_SOURCE 200809L

#include "client/files/pattern.h"

#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <wctype.h>

#include "server/wire/text.h"

#define CLASS_MAX 16 /* bytes of a class's name with its NUL: longer than "xdigit" */

bool pattern_is_one(const char *text)
{
    return strpbrk(text, "*?[") != NULL;
}

/* The character at the beginning of a text that is not empty. A byte that is not UTF-8 is one, too.
 * Returns its length. */
static size_t take(const char *text, uint32_t *c)
{
    size_t size = text_decode(text, strlen(text), c);

    if (size > 0)
        return size;
    *c = 0x110000U + (unsigned char)text[0];
    return 1;
}

/* The same, where a '\' stands before it or not. */
static size_t take_literal(const char *text, uint32_t *c)
{
    return text[0] == '\\' && text[1] != '\0' ? 1 + take(text + 1, c) : take(text, c);
}

/* ---- brackets */

/* Whether a character is in the class of this name. The C library says so for Unicode; one that has
 * no UTF-8 locale, for ASCII. */
static bool is_in_class(uint32_t c, const char *name)
{
    static locale_t unicode;

    if (unicode == (locale_t)0)
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (unicode != (locale_t)0)
        return c <= 0x10ffff && iswctype_l((wint_t)c, wctype_l(name, unicode), unicode) != 0;
    return c < 0x80 && iswctype((wint_t)c, wctype(name)) != 0;
}

/* "[:NAME:]" at the text. Returns what follows it, or NULL where there is none. */
static const char *take_class(const char *text, uint32_t c, bool *is_in)
{
    char name[CLASS_MAX];
    const char *end;
    size_t length;

    if (text[0] != '[' || text[1] != ':')
        return NULL;
    end = strstr(text + 2, ":]");
    if (end == NULL)
        return NULL;
    length = (size_t)(end - text) - 2;
    if (length < sizeof name) {
        memcpy(name, text + 2, length);
        name[length] = '\0';
        *is_in |= is_in_class(c, name);
    }
    return end + 2;
}

/* One character in brackets, which may be written as [.c.] or [=c=]. Returns what follows. */
static const char *take_member(const char *text, uint32_t *c)
{
    size_t size;

    if (text[0] != '[' || (text[1] != '.' && text[1] != '=') || text[2] == '\0')
        return text + take_literal(text, c);
    size = take(text + 2, c);
    if (text[2 + size] == text[1] && text[3 + size] == ']')
        return text + 4 + size;
    return text + take_literal(text, c);
}

/* "[...]" at the text. Returns what follows it, and whether c is among it; NULL: the bracket is not
 * closed, and stands for itself. */
static const char *take_bracket(const char *text, uint32_t c, bool *matches)
{
    const char *at = text + 1, *first, *after;
    bool negated = *at == '!' || *at == '^', is_in = false;

    at += negated;
    for (first = at; *at != '\0' && (*at != ']' || at == first);) {
        uint32_t from, to;

        after = take_class(at, c, &is_in);
        if (after != NULL) {
            at = after;
            continue;
        }
        at = take_member(at, &from);
        to = from;
        if (at[0] == '-' && at[1] != ']' && at[1] != '\0')
            at = take_member(at + 1, &to);
        is_in |= from <= c && c <= to;
    }
    *matches = is_in != negated;
    return *at == ']' ? at + 1 : NULL;
}

/* ---- the whole pattern */

/* Whether the pattern, which does not begin with '*', begins with what stands for c. Returns what
 * follows that, or NULL. */
static const char *take_one(const char *pattern, uint32_t c)
{
    const char *after = NULL;
    bool matches = true;
    uint32_t literal;
    size_t size;

    if (pattern[0] == '\0')
        return NULL;
    if (pattern[0] == '?')
        return pattern + 1;
    if (pattern[0] == '[')
        after = take_bracket(pattern, c, &matches);
    if (after != NULL)
        return matches ? after : NULL;
    size = take_literal(pattern, &literal);
    return literal == c ? pattern + size : NULL;
}

bool pattern_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *since = NULL; /* what follows the last '*', and where that began */
    uint32_t c;

    if (name[0] == '.' && pattern[pattern[0] == '\\'] != '.')
        return false;
    while (name[0] != '\0') {
        size_t size = take(name, &c);
        const char *after;

        if (pattern[0] == '*') {
            star = ++pattern;
            since = name;
            continue;
        }
        after = take_one(pattern, c);
        if (after != NULL) {
            pattern = after;
            name += size;
        } else if (star != NULL) {
            since += take(since, &c); /* the '*' takes one character more */
            name = since;
            pattern = star;
        } else {
            return false;
        }
    }
    while (pattern[0] == '*')
        pattern++;
    return pattern[0] == '\0';
}
