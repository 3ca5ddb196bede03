#define _POSIX_C_SOURCE 200809L

#include "server/wire/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/nearest.h"
#include "server/wire/text.h"

#define COLUMNS       80
#define MESSAGE_SIZE  512 /* bytes of an error; a longer one is cut */
#define EXPECTED_SIZE 256 /* bytes of what a `set` expected */
#define LABEL_SIZE    64  /* "--NAME" of the longest option, or a variable's name */
#define DIGITS_MOST   9   /* a number of so many fits into an unsigned long everywhere */

/* One command line that is being read. */
struct reading {
    const struct option_table *table;
    void *settings;
    char *error;
    size_t size;
};

/* ---- errors */

static void put_error(const struct option_table *table, char *error, size_t size, bool misused,
                      const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

static void put_error(const struct option_table *table, char *error, size_t size, bool misused,
                      const char *format, va_list arguments)
{
    char said[MESSAGE_SIZE], message[2 * MESSAGE_SIZE];

    (void)vsnprintf(said, sizeof said, format, arguments);
    if (misused)
        (void)snprintf(message, sizeof message, "%s: %s; see '%s --help'", table->program, said,
                       table->program);
    else
        (void)snprintf(message, sizeof message, "%s: %s", table->program, said);
    (void)text_show(error, size, message, strlen(message));
}

bool options_wrong(const struct option_table *table, char *error, size_t size, const char *format,
                   ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_error(table, error, size, false, format, arguments);
    va_end(arguments);
    return false;
}

bool options_misused(const struct option_table *table, char *error, size_t size, const char *format,
                     ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_error(table, error, size, true, format, arguments);
    va_end(arguments);
    return false;
}

#define WRONG(reading, ...)                                                                        \
    options_wrong((reading)->table, (reading)->error, (reading)->size, __VA_ARGS__)
#define MISUSED(reading, ...)                                                                      \
    options_misused((reading)->table, (reading)->error, (reading)->size, __VA_ARGS__)

bool options_no_command(const struct option_table *table, char *error, size_t size,
                        const char *word, const char *nearest)
{
    if (word[0] == '\0')
        return options_misused(table, error, size, "expected a command, not an empty word");
    if (nearest == NULL)
        return options_misused(table, error, size, "%s: no such command", word);
    return options_misused(table, error, size, "%s: no such command (did you mean %s?)", word,
                           nearest);
}

/* ---- values: each returns false and says what was expected */

static bool read_digits(const char *value, size_t *digits, uint64_t *number)
{
    *digits = strspn(value, "0123456789");
    if (*digits == 0 || *digits > DIGITS_MOST)
        return false;
    *number = strtoul(value, NULL, 10);
    return true;
}

static bool set_number(const struct option *option, unsigned long *field, const char *value,
                       char *expected, size_t size)
{
    uint64_t number;
    size_t digits;

    if (read_digits(value, &digits, &number) && value[digits] == '\0' && number >= option->least &&
        number <= option->most) {
        *field = (unsigned long)number;
        return true;
    }
    (void)snprintf(expected, size, "a number %sfrom %llu to %llu",
                   option->kind != OPTION_IS_NUMBER ? "of seconds, " : "",
                   (unsigned long long)option->least, (unsigned long long)option->most);
    return false;
}

static bool set_bytes(uint64_t *field, const char *value, char *expected, size_t size)
{
    static const char units[] = "KMGT";
    const char *unit = NULL;
    uint64_t bytes;
    size_t digits;
    bool good = read_digits(value, &digits, &bytes);

    if (good && value[digits] != '\0') {
        unit = strchr(units, value[digits]);
        good = unit != NULL && value[digits + 1] == '\0';
    }
    for (; good && unit != NULL && unit >= units; unit--) {
        good = bytes <= INT64_MAX / 1024;
        bytes *= 1024;
    }
    if (good)
        *field = bytes;
    else
        (void)snprintf(expected, size,
                       "a number of bytes below 8388608T, such as 500M: up to nine digits, then "
                       "K, M, G, T or nothing");
    return good;
}

static bool set_flag(bool *field, const char *value, char *expected, size_t size)
{
    *field = strcmp(value, "yes") == 0;
    if (*field || strcmp(value, "no") == 0)
        return true;
    (void)snprintf(expected, size, "yes or no");
    return false;
}

bool options_set(const struct option *option, void *settings, const char *value, char *expected,
                 size_t size)
{
    void *field = (char *)settings + option->field;

    switch (option->kind) {
    case OPTION_IS_FLAG:
        return set_flag(field, value, expected, size);
    case OPTION_IS_TEXT:
        *(const char **)field = value;
        return true;
    case OPTION_IS_NUMBER:
    case OPTION_IS_SECONDS:
    case OPTION_IS_PERHAPS:
        return set_number(option, field, value, expected, size);
    case OPTION_IS_BYTES:
        return set_bytes(field, value, expected, size);
    case OPTION_IS_SPECIAL:
    case OPTION_IS_LIST:
        return option->set(field, value, expected, size);
    }
    return false;
}

/* label: what the value was given by, "--port" or the name of a variable. */
static bool apply(const struct reading *reading, const struct option *option, const char *label,
                  const char *value)
{
    char expected[EXPECTED_SIZE] = "";

    if (options_set(option, reading->settings, value, expected, sizeof expected))
        return true;
    return WRONG(reading, "%s '%s': expected %s", label, value, expected);
}

/* ---- words */

/* value: NULL where none was given. */
static bool take(const struct reading *reading, const struct option *option, const char *value)
{
    char label[LABEL_SIZE];

    (void)snprintf(label, sizeof label, "--%s", option->name);
    if (option->kind == OPTION_IS_FLAG)
        return value == NULL ? apply(reading, option, label, "yes")
                             : MISUSED(reading, "%s=%s: %s takes no value", label, value, label);
    if (value == NULL && option->kind == OPTION_IS_PERHAPS) {
        *(unsigned long *)(void *)((char *)reading->settings + option->field) =
            (unsigned long)option->most;
        return true;
    }
    if (value == NULL)
        return MISUSED(reading, "%s: expected '%s %s'", label, label, option->argument);
    if (value[0] == '\0')
        return MISUSED(reading, "%s: expected %s, not nothing", label, option->argument);
    return apply(reading, option, label, value);
}

/* Whether the next word is the value where none is joined to the option. */
static bool wants_word(const struct option *option)
{
    return option->kind != OPTION_IS_FLAG && option->kind != OPTION_IS_PERHAPS;
}

/* As take, with the next word as the value. */
static bool take_next(const struct reading *reading, const struct option *option,
                      char *const **words)
{
    if (!wants_word(option) || **words == NULL)
        return take(reading, option, NULL);
    return take(reading, option, *(*words)++);
}

/* Error: the names of several options begin like this. */
static bool refuse_ambiguous(const struct reading *reading, const char *name, int length)
{
    char list[MESSAGE_SIZE / 2] = "";
    size_t used = 0;

    for (size_t i = 0; i < reading->table->count && used < sizeof list; i++)
        if (strncmp(reading->table->rows[i].name, name, (size_t)length) == 0)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s--%s",
                                     used > 0 ? ", " : "", reading->table->rows[i].name);
    return MISUSED(reading, "--%.*s: expected one of %s", length, name, list);
}

/* Error: no option has this name. */
static void refuse_unknown(const struct reading *reading, const char *name, int length)
{
    char word[NEAREST_WORD + 1];
    struct nearest search;
    const char *nearest = NULL;

    (void)snprintf(word, sizeof word, "%.*s", length, name);
    search = nearest_begin(word);
    for (size_t i = 0; i < reading->table->count; i++)
        if (nearest_try(&search, reading->table->rows[i].name))
            nearest = reading->table->rows[i].name;
    (void)MISUSED(reading, "--%.*s: no such option%s%s%s", length, name,
                  nearest ? " (did you mean --" : "", nearest ? nearest : "", nearest ? "?)" : "");
}

/* name: what follows "--", of which `length` bytes are the name. NULL: *error is set. */
static const struct option *find_long(const struct reading *reading, const char *name,
                                      size_t length)
{
    const struct option *found = NULL;
    size_t candidates = 0;

    for (size_t i = 0; i < reading->table->count; i++) {
        const struct option *option = &reading->table->rows[i];

        if (length == 0 || strncmp(option->name, name, length) != 0)
            continue;
        if (option->name[length] == '\0')
            return option;
        found = option;
        candidates++;
    }
    if (candidates == 1)
        return found;
    if (candidates > 1)
        (void)refuse_ambiguous(reading, name, (int)length);
    else
        refuse_unknown(reading, name, (int)length);
    return NULL;
}

static bool read_long(const struct reading *reading, const char *word, char *const **words)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    const struct option *option =
        find_long(reading, name, equals != NULL ? (size_t)(equals - name) : strlen(name));

    if (option == NULL)
        return false;
    return equals != NULL ? take(reading, option, equals + 1) : take_next(reading, option, words);
}

/* A word of '-' and letters: flags, and perhaps at the end an option with a value. */
static bool read_short(const struct reading *reading, const char *word, char *const **words)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct option *option = NULL;
        uint32_t character;

        for (size_t i = 0; i < reading->table->count && option == NULL; i++)
            if (reading->table->rows[i].letter == *letter)
                option = &reading->table->rows[i];
        if (option == NULL) {
            size_t bytes = text_decode(letter, strlen(letter), &character);

            return MISUSED(reading, "-%.*s: no such option", bytes > 0 ? (int)bytes : 1, letter);
        }
        if (option->kind != OPTION_IS_FLAG && letter[1] != '\0')
            return take(reading, option, letter + 1);
        if (!take_next(reading, option, words))
            return false;
        if (wants_word(option))
            return true;
    }
    return true;
}

enum options_read options_read(const struct option_table *table, void *settings,
                               char *const **words, char *error, size_t size)
{
    const struct reading reading = {table, settings, error, size};

    for (const char *word; (word = **words) != NULL && word[0] == '-' && word[1] != '\0';) {
        ++*words;
        if (strcmp(word, "--") == 0)
            return OPTIONS_ENDED;
        if (!(word[1] == '-' ? read_long : read_short)(&reading, word, words))
            return OPTIONS_WRONG;
    }
    return OPTIONS_OPERAND;
}

bool options_read_text(char *const **words)
{
    if (**words == NULL)
        return false;
    if (strcmp(**words, "--") == 0)
        ++*words;
    else
        return strcmp(**words, "--help") == 0 && (*words)[1] == NULL;
    return false;
}

bool options_from_environment(const struct option_table *table, void *settings, const char *name,
                              const char *variable, char *error, size_t size)
{
    const struct reading reading = {table, settings, error, size};
    const struct option *option = find_long(&reading, name, strlen(name));
    const char *value = getenv(variable);

    if (option == NULL)
        return false;
    return value == NULL || value[0] == '\0' || apply(&reading, option, variable, value);
}

/* ---- help */

void options_help_row(const char *left, size_t width, const char *help)
{
    size_t column = strlen(left);

    fputs(left, stdout);
    for (size_t room = COLUMNS - width; *help != '\0';) {
        size_t length = strlen(help);

        if (length > room) {
            length = room;
            while (length > 0 && help[length] != ' ')
                length--;
            if (length == 0) /* a word that is too long for any row */
                length = strcspn(help, " ");
        }
        printf("%*s%.*s\n", (int)(width > column ? width - column : 1), "", (int)length, help);
        help += length + strspn(help + length, " ");
        column = 0;
    }
}

static void put_left(const struct option *option, char left[LABEL_SIZE])
{
    char letter[] = {'-', option->letter, ',', '\0'};

    const char *argument = option->argument != NULL ? option->argument : "";

    (void)snprintf(left, LABEL_SIZE,
                   option->kind == OPTION_IS_PERHAPS ? "  %-3s --%s[=%s]"
                   : option->argument != NULL        ? "  %-3s --%s %s"
                                                     : "  %-3s --%s%s",
                   option->letter != 0 ? letter : "", option->name, argument);
}

void options_help(const struct option_table *table)
{
    char left[LABEL_SIZE];
    size_t width = 0;

    for (size_t i = 0; i < table->count; i++) {
        put_left(&table->rows[i], left);
        if (strlen(left) > width)
            width = strlen(left);
    }
    for (size_t i = 0; i < table->count; i++) {
        put_left(&table->rows[i], left);
        options_help_row(left, width + 2, table->rows[i].help);
    }
}
