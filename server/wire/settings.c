#define _POSIX_C_SOURCE 200809L

#include "server/wire/settings.h"

#include <stdint.h>
#include <string.h>

#include "server/wire/nearest.h"
#include "server/wire/text.h"

#define EXPECTED_SIZE 256
#define BLANKS        " \t"

/* One file that is being read. */
struct reading {
    const struct option_table *table;
    void *settings;
    const char *path;
    unsigned long line;                  /* from 1 */
    unsigned long set[SETTINGS_OPTIONS]; /* the line in which an option was set first; 0: none */
    char *error;
    size_t size;
};

#define WRONG(reading, format, ...)                                                                \
    options_wrong((reading)->table, (reading)->error, (reading)->size, "%s:%lu: " format,          \
                  (reading)->path, (reading)->line, __VA_ARGS__)

/* ---- a line */

static const struct option *find(const struct option_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

static bool refuse_unknown(const struct reading *reading, const char *name)
{
    const struct option_table *table = reading->table;
    struct nearest search = nearest_begin(name);
    const char *nearest = NULL;

    for (size_t i = 0; i < table->count; i++)
        if (!table->rows[i].words_only && nearest_try(&search, table->rows[i].name))
            nearest = table->rows[i].name;
    if (nearest != NULL)
        return WRONG(reading, "%s: no such setting; did you mean '%s'?", name, nearest);
    return WRONG(reading, "%s: no such setting; expected a long option without '--'", name);
}

/* Ends a quoted value, of which *value is the quote, and moves *value to its text. Returns what
 * follows; NULL: the end is missing. */
static char *end_quoted(char **value)
{
    const char quote = **value;
    char *to = ++*value, *from = to;

    while (*from != '\0' && *from != quote) {
        if (quote == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from++;
    }
    if (*from == '\0')
        return NULL;
    *to = '\0';
    return from + 1;
}

/* Ends a value without quotes. Returns what follows. */
static char *end_plain(char *value)
{
    char *rest = value + strcspn(value, BLANKS);

    if (*rest != '\0')
        *rest++ = '\0';
    return rest;
}

/* Ends the value at *value with a NUL, behind which only a comment may stand. */
static bool end_value(const struct reading *reading, const char *name, char **value)
{
    const bool quoted = **value == '"' || **value == '\'';
    char *rest;

    if (**value == '#')
        **value = '\0';
    rest = quoted ? end_quoted(value) : end_plain(*value);
    if (rest == NULL)
        return WRONG(reading, "%s: expected a quote at the end of the value", name);
    if (quoted && *rest != '\0' && strchr(BLANKS, *rest) == NULL)
        return WRONG(reading, "%s: expected nothing right behind the quote, not '%s'", name, rest);
    rest += strspn(rest, BLANKS);
    if (*rest == '\0' || *rest == '#')
        return true;
    return WRONG(reading,
                 "%s: expected one value, and not '%s' behind it; a value with spaces needs quotes",
                 name, rest);
}

static bool set(struct reading *reading, const char *name, const char *value)
{
    const struct option *option = find(reading->table, name);
    char expected[EXPECTED_SIZE] = "";
    unsigned long *before;

    if (option == NULL)
        return refuse_unknown(reading, name);
    if (option->words_only)
        return WRONG(reading, "%s: expected on the command line alone, as --%s", name, name);
    before = &reading->set[option - reading->table->rows];
    if (*before != 0 && option->kind != OPTION_IS_LIST)
        return WRONG(reading, "%s: set in line %lu already", name, *before);
    *before = reading->line;
    if (value[0] == '\0')
        return WRONG(reading, "%s: expected %s, not nothing", name,
                     option->argument != NULL ? option->argument : "yes or no");
    return options_set(option, reading->settings, value, expected, sizeof expected) ||
           WRONG(reading, "%s '%s': expected %s", name, value, expected);
}

/* line: without its end. */
static bool read_line(struct reading *reading, char *line)
{
    char *name = line + strspn(line, BLANKS), *value;
    size_t length = strcspn(name, BLANKS "=");

    if (*name == '\0' || *name == '#')
        return true;
    if (length == 0)
        return WRONG(reading, "expected 'NAME VALUE', not '%s'", name);
    value = name + length;
    value += strspn(value, BLANKS);
    if (*value == '=') {
        value++;
        value += strspn(value, BLANKS);
    }
    name[length] = '\0';
    return end_value(reading, name, &value) && set(reading, name, value);
}

/* ---- the text */

/* length: of the line with a CR that may end it. */
static bool take_line(struct reading *reading, char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    if (length > SETTINGS_LINE)
        return WRONG(reading, "expected a line of at most %d bytes", SETTINGS_LINE);
    if (strlen(line) != length)
        return WRONG(reading, "expected text, not the byte %d", 0);
    if (!text_is_clean(line, length))
        return WRONG(reading, "expected UTF-8 text without control characters, not '%s'", line);
    return read_line(reading, line);
}

bool settings_read(const struct option_table *table, void *settings, const char *path, char *text,
                   size_t length, char *error, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf"; /* that some editors put in front of UTF-8 */
    struct reading reading = {
        .table = table, .settings = settings, .path = path, .error = error, .size = size};
    char *line = text, *const end = text + length;

    if (length >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0)
        line += strlen(mark);
    while (line < end) {
        char *next = memchr(line, '\n', (size_t)(end - line));

        if (next == NULL)
            next = end;
        reading.line++;
        if (!take_line(&reading, line, (size_t)(next - line)))
            return false;
        line = next + 1;
    }
    return true;
}

/* ---- the way back */

static const char *show_number(unsigned long long number, const char *unit,
                               char room[SETTINGS_SHOWN])
{
    (void)snprintf(room, SETTINGS_SHOWN, "%llu%s", number, unit);
    return room;
}

/* With the largest unit that leaves a whole number: nine digits are read. */
static const char *show_bytes(uint64_t bytes, char room[SETTINGS_SHOWN])
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    size_t unit = 0;

    while (unit < 4 && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    return show_number(bytes, units[unit], room);
}

const char *settings_value(const struct option *option, const void *settings, size_t number,
                           char room[SETTINGS_SHOWN])
{
    const void *field = (const char *)settings + option->field;

    if (option->kind == OPTION_IS_LIST) {
        if (number >= *(const size_t *)field)
            return NULL;
        option->show(field, number, room, SETTINGS_SHOWN);
        return room;
    }
    if (number > 0)
        return NULL;
    switch (option->kind) {
    case OPTION_IS_FLAG:
        return *(const bool *)field ? "yes" : "no";
    case OPTION_IS_NUMBER:
    case OPTION_IS_SECONDS:
    case OPTION_IS_PERHAPS:
        return show_number(*(const unsigned long *)field, "", room);
    case OPTION_IS_BYTES:
        return show_bytes(*(const uint64_t *)field, room);
    default:
        return *(const char *const *)field;
    }
}

static void print_value(const char *name, const char *value, FILE *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:%,+@";

    if (!text_is_clean(value, strlen(value))) {
        fprintf(out, "# %s: its value is no UTF-8 text, and cannot stand in a file\n", name);
        return;
    }
    fprintf(out, "%s ", name);
    if (value[strspn(value, plain)] == '\0') {
        fprintf(out, "%s\n", value);
        return;
    }
    putc('"', out);
    for (; *value != '\0'; value++)
        fprintf(out, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    fputs("\"\n", out);
}

void settings_print(const struct option_table *table, const void *settings, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        char room[SETTINGS_SHOWN];
        const char *value;
        size_t number = 0;

        if (option->words_only)
            continue;
        while ((value = settings_value(option, settings, number, room)) != NULL) {
            print_value(option->name, value, out);
            number++;
        }
        if (number == 0)
            fprintf(out, "# %s is not set\n", option->name);
    }
}

bool settings_same(const struct option *option, const void *one, const void *other)
{
    char room[2][SETTINGS_SHOWN];

    for (size_t number = 0;; number++) {
        const char *value = settings_value(option, one, number, room[0]);
        const char *against = settings_value(option, other, number, room[1]);

        if (value == NULL || against == NULL)
            return value == against;
        if (strcmp(value, against) != 0)
            return false;
    }
}
