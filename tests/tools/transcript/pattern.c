#define _POSIX_C_SOURCE 200809L

#include "tests/tools/transcript/pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE    64
#define CAPTURES_MAX 8

static const struct {
    const char *name, *regex;
} classes[] = {
    {"time", "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"},
    {"utc", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"},
    {"number", "[0-9]+"},
    {"hex", "[0-9a-f]+"},
    {"sha256", "[0-9a-f]{64}"},
};

/* A text on its way into bytes and, in a pattern, also into an extended regular expression. */
struct translation {
    FILE *bytes;
    FILE *regex; /* NULL where the text is no pattern */
    bool varies; /* the pattern is more than its bytes */
    char names[CAPTURES_MAX][NAME_SIZE];
    size_t captures;
    const char *error; /* NULL, or why the text cannot be understood */
};

static const char *translate(struct translation *to, const char *at, const char *end);

static void put_byte(struct translation *to, char byte)
{
    (void)fputc(byte, to->bytes);
    if (to->regex == NULL)
        return;
    if (byte != '\0' && strchr("\\^$.[]|()*+?{}", byte) != NULL)
        (void)fputc('\\', to->regex);
    (void)fputc(byte, to->regex);
}

static void put_regex(struct translation *to, const char *regex)
{
    (void)fputs(regex, to->regex);
    to->varies = true;
}

static size_t name_length(const char *at)
{
    size_t length = 0;

    while (isalnum((unsigned char)at[length]) || at[length] == '_')
        length++;
    return length < NAME_SIZE && !isdigit((unsigned char)*at) ? length : 0;
}

static void copy_name(char name[NAME_SIZE], const char *at, size_t length)
{
    memcpy(name, at, length);
    name[length] = '\0';
}

static const char *put_escape(struct translation *to, const char *at)
{
    static const char letters[] = "rt0", bytes[] = "\r\t";
    char digits[3] = "";
    const char *letter = *at != '\0' ? strchr(letters, *at) : NULL;

    if (letter != NULL) {
        put_byte(to, bytes[letter - letters]);
        return at + 1;
    }
    if (*at == 'x' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2])) {
        memcpy(digits, at + 1, 2);
        put_byte(to, (char)strtol(digits, NULL, 16));
        return at + 3;
    }
    if (*at == '\0' || *at == 'x') {
        to->error = "\\ stands before nothing that it could mean";
        return at;
    }
    put_byte(to, *at);
    return at + 1;
}

static const char *put_variable(struct translation *to, const char *at)
{
    char name[NAME_SIZE];
    size_t length = name_length(at);
    const char *value;

    copy_name(name, at, length);
    value = getenv(name);
    if (value == NULL) {
        to->error = "a $NAME has no value";
        return at;
    }
    while (*value != '\0')
        put_byte(to, *value++);
    return at + length;
}

/* TEXT*COUNT, up to its '>'. Returns NULL, with nothing done, where this is something else. */
static const char *put_repetition(struct translation *to, const char *at)
{
    const char *close = strchr(at, '>'), *star = close;
    unsigned long count;

    while (star != NULL && star > at && isdigit((unsigned char)star[-1]))
        star--;
    if (close == NULL || star == close || star - 1 <= at || star[-1] != '*')
        return NULL;
    count = strtoul(star, NULL, 10);
    while (count-- > 0 && to->error == NULL)
        (void)translate(to, at, star - 1);
    return close + 1;
}

/* After '<' in a pattern: a class, or NAME=PATTERN. */
static const char *put_piece(struct translation *to, const char *at, const char *end)
{
    size_t length = name_length(at);

    if (at[length] == '>') {
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
            if (strlen(classes[i].name) == length && memcmp(classes[i].name, at, length) == 0) {
                put_regex(to, classes[i].regex);
                return at + length + 1;
            }
        }
    } else if (at[length] == '=' && length > 0 && to->captures < CAPTURES_MAX) {
        copy_name(to->names[to->captures++], at, length);
        put_regex(to, "(");
        at = translate(to, at + length + 1, end);
        put_regex(to, ")");
        if (at < end && *at == '>')
            return at + 1;
    }
    if (to->error == NULL)
        to->error = "unknown <...>; write \\< for the character itself";
    return at;
}

static const char *put_angle(struct translation *to, const char *at, const char *end)
{
    const char *next = at[name_length(at)] == '=' ? NULL : put_repetition(to, at);

    if (next != NULL)
        return next;
    if (to->regex != NULL)
        return put_piece(to, at, end);
    put_byte(to, '<');
    return at;
}

/* Translates up to `end`, or in a pattern up to a '>'. Returns where that is. */
static const char *translate(struct translation *to, const char *at, const char *end)
{
    while (at < end && to->error == NULL) {
        if (to->regex != NULL && *at == '>')
            return at;
        if (*at == '\\') {
            at = put_escape(to, at + 1);
        } else if (*at == '$' && name_length(at + 1) > 0) {
            at = put_variable(to, at + 1);
        } else if (*at == '<') {
            at = put_angle(to, at + 1, end);
        } else if (to->regex != NULL && (*at == '*' || *at == '?')) {
            put_regex(to, *at == '*' ? ".*" : ".");
            at++;
        } else {
            put_byte(to, *at++);
        }
    }
    return at;
}

char *pattern_text(const char *text, size_t *length, const char **error)
{
    char *bytes = NULL;
    struct translation to = {.bytes = open_memstream(&bytes, length)};

    if (to.bytes == NULL) {
        *error = "no memory";
        return NULL;
    }
    (void)translate(&to, text, text + strlen(text));
    (void)fclose(to.bytes);
    if (to.error == NULL)
        return bytes;
    *error = to.error;
    free(bytes);
    return NULL;
}

static int match_regex(const struct translation *to, const char *regex, const char *line)
{
    regex_t compiled;
    regmatch_t found[CAPTURES_MAX + 1];
    int matches;

    if (regcomp(&compiled, regex, REG_EXTENDED) != 0)
        return -1;
    matches = regexec(&compiled, line, to->captures + 1, found, 0) == 0;
    for (size_t i = 0; matches && i < to->captures; i++) {
        char *value =
            strndup(line + found[i + 1].rm_so, (size_t)(found[i + 1].rm_eo - found[i + 1].rm_so));

        if (value == NULL || setenv(to->names[i], value, 1) != 0)
            matches = -1;
        free(value);
    }
    regfree(&compiled);
    return matches;
}

int pattern_match(const char *pattern, const char *line, size_t length, const char **error)
{
    char *bytes = NULL, *regex = NULL;
    size_t size = 0, regex_size = 0;
    struct translation to = {.bytes = open_memstream(&bytes, &size),
                             .regex = open_memstream(&regex, &regex_size)};
    const char *end = pattern + strlen(pattern);
    int matches = -1;

    *error = "no memory";
    if (to.bytes != NULL && to.regex != NULL) {
        (void)fputc('^', to.regex);
        if (translate(&to, pattern, end) < end && to.error == NULL)
            to.error = "> without <; write \\> for the character itself";
        (void)fputc('$', to.regex);
        (void)fclose(to.bytes);
        (void)fclose(to.regex);
        if (to.error != NULL)
            *error = to.error;
        else if (!to.varies)
            matches = size == length && memcmp(bytes, line, length) == 0;
        else if (memchr(line, '\0', length) != NULL)
            matches = 0;
        else
            matches = match_regex(&to, regex, line);
    }
    free(bytes);
    free(regex);
    return matches;
}
