#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "client/files/pattern.h"
#include "tests/unit/tap.h"

/* Each row: a pattern, names for which it stands, and names for which it does not. */
static const struct {
    const char *pattern, *yes[4], *no[5];
} rows[] = {
    {"lab1", {"lab1"}, {"lab", "lab11", "Lab1", ""}},
    {"*", {"a", "für", "*", "a b"}, {".", ".hidden"}},
    {"*.c", {"a.c", "a.b.c", "ä.c"}, {".c", "a.C", "a.c~"}},
    {"lab*", {"lab", "lab1", "lab*"}, {"la", "xlab"}},
    {"a*b*c", {"abc", "aXbYc", "abbc"}, {"ab", "acb"}},
    {"?", {"a", "ä", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}, {"", "ab", ".", "a\xcc\x88"}},
    {"f?r", {"für", "far"}, {"fr", "fuer"}},
    {"?x", {"ax"}, {".x"}},
    {"[!x]x", {"ax"}, {".x"}},
    {".*", {".hidden", "."}, {"hidden"}},
    {"\\.x", {".x"}, {"x"}},
    {"[.]x", {NULL}, {".x", "ax"}},
    {"a[b]", {"ab"}, {"a[b]", "a", "abb"}},
    {"a\\[b]", {"a[b]"}, {"ab"}},
    {"a[b", {"a[b"}, {"ab"}},
    {"[", {"["}, {"a"}},
    {"[]", {"[]"}, {"["}},
    {"[]a]", {"]", "a"}, {"[]a]", "b"}},
    {"[!]a]", {"b"}, {"]", "a"}},
    {"[a-c]", {"a", "b", "c"}, {"d", "-", "B"}},
    {"[a-]", {"a", "-"}, {"b"}},
    {"[-a]", {"a", "-"}, {"b"}},
    {"[!a-c]", {"d", "ä"}, {"b"}},
    {"[^a]", {"b"}, {"a"}},
    {"[äö]", {"ä", "ö"}, {"a", "\xc3"}},
    {"[à-ö]", {"ä", "é"}, {"a", "z"}},
    {"[[:digit:]]", {"0", "9"}, {"a", ":"}},
    {"x[[:alpha:]_]", {"xa", "x_"}, {"x1"}},
    {"[[:nonsense:]]", {NULL}, {"n", ":", "]"}},
    {"[[.a.]]", {"a"}, {"."}},
    {"[[=a=]]", {"a"}, {"="}},
    {"[\\]]", {"]"}, {"\\"}},
    {"a\\*b", {"a*b"}, {"aXb", "a\\b"}},
    {"a\\", {"a\\"}, {"a"}},
    {"", {""}, {"a"}},
};

int main(void)
{
    char many[200], stars[200];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < 4 && rows[i].yes[j] != NULL; j++) {
            printf("# %s: %s\n", rows[i].pattern, rows[i].yes[j]);
            OK(pattern_matches(rows[i].pattern, rows[i].yes[j]));
        }
        for (size_t j = 0; j < 5 && rows[i].no[j] != NULL; j++) {
            printf("# %s: not %s\n", rows[i].pattern, rows[i].no[j]);
            OK(!pattern_matches(rows[i].pattern, rows[i].no[j]));
        }
    }
    OK(pattern_is_one("a*") && pattern_is_one("a?") && pattern_is_one("a[") &&
       !pattern_is_one("a]\\"));
    /* no pattern takes longer than the lengths of both multiplied */
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    for (size_t i = 0; i + 1 < sizeof stars; i++)
        stars[i] = i % 2 ? 'a' : '*';
    stars[sizeof stars - 1] = '\0';
    OK(pattern_matches(stars, many));
    stars[sizeof stars - 2] = 'b';
    OK(!pattern_matches(stars, many));
    return tap_end();
}
