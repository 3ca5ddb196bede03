#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/options.h"
#include "tests/unit/tap.h"

struct settings {
    bool all, brief, help;
    const char *name;
    unsigned long number, seconds, perhaps;
    uint64_t bytes;
    struct list {
        size_t count;
        const char *text[2];
    } list;
};

static bool add_word(void *field, const char *value, char *expected, size_t size)
{
    struct list *list = field;

    if (list->count == 2 || value[0] == '!') {
        (void)snprintf(expected, size, list->count == 2 ? "at most %d of them" : "another word", 2);
        return false;
    }
    list->text[list->count++] = value;
    return true;
}

static const struct option rows[] = {
    {"all", 'a', NULL, "all", OPTION_FLAG(struct settings, all)},
    {"brief", 'b', NULL, "little", OPTION_FLAG(struct settings, brief)},
    {"name", 'n', "NAME", "called so", OPTION_TEXT(struct settings, name)},
    {"number", 0, "N", "so many", OPTION_NUMBER(struct settings, number, 5, 70000)},
    {"numbers", 'l', "WORD", "words; may be repeated",
     OPTION_SPECIAL(struct settings, list, add_word)},
    {"seconds", 's', "SECONDS", "so long", OPTION_SECONDS(struct settings, seconds, 0, 60)},
    {"while", 'w', "SECONDS", "perhaps so long", OPTION_PERHAPS(struct settings, perhaps, 1, 99)},
    {"size", 0, "SIZE", "so large", OPTION_BYTES(struct settings, bytes)},
    {"help", 0, NULL,
     "a text that is so long that it does not fit into one row of eighty columns, whatever the "
     "first column may be, and therefore takes several",
     OPTION_FLAG(struct settings, help)},
};
static const struct option_table table = {"prog put", rows, sizeof rows / sizeof rows[0]};

static struct settings got;
static char error[512];
static char *const *rest; /* the words that were not read */

static enum options_read read_words(char *const *words)
{
    got = (struct settings){0};
    error[0] = '\0';
    rest = words;
    return options_read(&table, &got, &rest, error, sizeof error);
}

#define READ(...)          read_words((char *[]){__VA_ARGS__, NULL})
#define TAKES(...)         (READ(__VA_ARGS__) == OPTIONS_OPERAND && error[0] == '\0' && rest[0] == NULL)
#define REFUSES(said, ...) OK(READ(__VA_ARGS__) == OPTIONS_WRONG && strcmp(error, said) == 0)
#define SEE                "; see 'prog put --help'"

static void test_spellings(void)
{
    OK(read_words((char *[]){NULL}) == OPTIONS_OPERAND && rest[0] == NULL);
    OK(TAKES("-ab") && got.all && got.brief);
    OK(TAKES("-abnx") && got.all && got.brief && strcmp(got.name, "x") == 0);
    OK(TAKES("-abn", "x") && got.brief && strcmp(got.name, "x") == 0);
    OK(TAKES("-n=x") && strcmp(got.name, "=x") == 0);
    OK(TAKES("--name=x") && strcmp(got.name, "x") == 0);
    OK(TAKES("--name=a=b") && strcmp(got.name, "a=b") == 0);
    OK(TAKES("--name", "--all") && strcmp(got.name, "--all") == 0 && !got.all);
    OK(TAKES("-n", "--") && strcmp(got.name, "--") == 0);
    OK(TAKES("-n", "-") && strcmp(got.name, "-") == 0);
    OK(TAKES("--while") && got.perhaps == 99 && TAKES("--while=5") && got.perhaps == 5);
    OK(TAKES("-aw") && got.all && got.perhaps == 99 && TAKES("-w5") && got.perhaps == 5);
    OK(READ("--while", "5") == OPTIONS_OPERAND && got.perhaps == 99 && strcmp(rest[0], "5") == 0);
    REFUSES("prog put: --while '0': expected a number of seconds, from 1 to 99", "--while=0");
    REFUSES("prog put: --while: expected SECONDS, not nothing" SEE, "--while=");
    OK(TAKES("-n1", "-n2") && strcmp(got.name, "2") == 0);
    OK(TAKES("--al", "--he", "--na=x") && got.all && got.help && strcmp(got.name, "x") == 0);
    OK(TAKES("--number", "7") && got.number == 7); /* a whole name, though others begin so */
    OK(TAKES("--si", "7", "--se=8") && got.bytes == 7 && got.seconds == 8);
}

static void test_operands(void)
{
    char *const mixed[] = {"-a", "x", "-b", NULL};

    OK(read_words(mixed) == OPTIONS_OPERAND && rest == mixed + 1 && !got.brief);
    rest++;
    OK(options_read(&table, &got, &rest, error, sizeof error) == OPTIONS_OPERAND && got.brief);
    OK(READ("-a", "-", "-b") == OPTIONS_OPERAND && strcmp(rest[0], "-") == 0 && !got.brief);
    OK(READ("", "-b") == OPTIONS_OPERAND && rest[0][0] == '\0');
    OK(READ("-a", "--", "-b") == OPTIONS_ENDED && strcmp(rest[0], "-b") == 0 && !got.brief);
    OK(READ("--") == OPTIONS_ENDED && rest[0] == NULL);
}

static bool help_is_wanted(char *const *words)
{
    rest = words;
    return options_read_text(&rest);
}

static void test_text(void)
{
    OK(help_is_wanted((char *[]){"--help", NULL}));
    OK(!help_is_wanted((char *[]){"--help", "me", NULL}) && strcmp(rest[0], "--help") == 0);
    OK(!help_is_wanted((char *[]){"--", "--help", NULL}) && strcmp(rest[0], "--help") == 0);
    OK(!help_is_wanted((char *[]){"-x", "--", NULL}) && strcmp(rest[0], "-x") == 0);
    OK(!help_is_wanted((char *[]){NULL}) && rest[0] == NULL);
}

static void test_values(void)
{
    OK(TAKES("--number=5") && got.number == 5);
    OK(TAKES("--number=00070000") && got.number == 70000);
    REFUSES("prog put: --number '4': expected a number from 5 to 70000", "--number=4");
    REFUSES("prog put: --number '70001': expected a number from 5 to 70000", "--number=70001");
    REFUSES("prog put: --number '7x': expected a number from 5 to 70000", "--number", "7x");
    REFUSES("prog put: --number '-7': expected a number from 5 to 70000", "--number", "-7");
    REFUSES("prog put: --number '18446744073709551623': expected a number from 5 to 70000",
            "--number", "18446744073709551623");
    REFUSES("prog put: --seconds '61': expected a number of seconds, from 0 to 60", "-s61");
    OK(TAKES("--size=64K") && got.bytes == 65536);
    OK(TAKES("--size=8388607T") && got.bytes == UINT64_C(8388607) << 40);
    OK(READ("--size=8388608T") == OPTIONS_WRONG && strstr(error, "expected a number of bytes"));
    OK(READ("--size=1KB") == OPTIONS_WRONG && READ("--size=K") == OPTIONS_WRONG);
    OK(TAKES("-la", "--numbers=b") && got.list.count == 2 && strcmp(got.list.text[1], "b") == 0);
    REFUSES("prog put: --numbers 'c': expected at most 2 of them", "-la", "-lb", "-lc");
    REFUSES("prog put: --numbers '!': expected another word", "-l!");
}

static void test_errors(void)
{
    char long_word[2000] = "--";

    REFUSES("prog put: --xyz: no such option" SEE, "--xyz");
    REFUSES("prog put: --xyz: no such option" SEE, "--xyz=1");
    REFUSES("prog put: --alls: no such option (did you mean --all?)" SEE, "--alls");
    REFUSES("prog put: --: no such option" SEE, "--=");
    REFUSES("prog put: -x: no such option" SEE, "-abx");
    REFUSES("prog put: -\xc3\xa9: no such option" SEE, "-\xc3\xa9"); /* a whole character */
    REFUSES("prog put: -\\xC3: no such option" SEE, "-\xc3");
    REFUSES("prog put: --a\\x0Ab: no such option" SEE, "--a\nb");
    REFUSES("prog put: --s: expected one of --seconds, --size" SEE, "--s=1");
    REFUSES("prog put: --nu: expected one of --number, --numbers" SEE, "--nu");
    REFUSES("prog put: --all=1: --all takes no value" SEE, "--al=1");
    REFUSES("prog put: --all=: --all takes no value" SEE, "--all=");
    REFUSES("prog put: --name: expected '--name NAME'" SEE, "-an");
    REFUSES("prog put: --name: expected '--name NAME'" SEE, "--name");
    REFUSES("prog put: --name: expected NAME, not nothing" SEE, "--name=");
    REFUSES("prog put: --name: expected NAME, not nothing" SEE, "-n", "");
    memset(long_word + 2, 'x', sizeof long_word - 3);
    OK(READ(long_word) == OPTIONS_WRONG && strchr(error, '\n') == NULL);
    OK(!options_wrong(&table, error, sizeof error, "%s\n", "a") &&
       strcmp(error, "prog put: a\\x0A") == 0);
}

static bool from_environment(const char *value)
{
    got = (struct settings){0};
    error[0] = '\0';
    (void)setenv("TEST_NUMBER", value, 1);
    return options_from_environment(&table, &got, "number", "TEST_NUMBER", error, sizeof error);
}

static void test_environment(void)
{
    OK(from_environment("77") && got.number == 77);
    OK(from_environment("") && got.number == 0);
    OK(!from_environment("x") &&
       strcmp(error, "prog put: TEST_NUMBER 'x': expected a number from 5 to 70000") == 0);
    (void)unsetenv("TEST_NUMBER");
    OK(options_from_environment(&table, &got, "number", "TEST_NUMBER", error, sizeof error));
}

/* What options_help prints, in rows: at most 80 columns, all helps in one column. */
static void test_help(void)
{
    FILE *out = tmpfile();
    int stdout_fd = dup(STDOUT_FILENO);
    size_t lines = 0, wide = 0, astray = 0;
    char line[256];

    if (out == NULL || stdout_fd < 0)
        BAIL("tmpfile");
    (void)fflush(stdout);
    (void)dup2(fileno(out), STDOUT_FILENO);
    options_help(&table);
    (void)fflush(stdout);
    (void)dup2(stdout_fd, STDOUT_FILENO);
    rewind(out);
    while (fgets(line, sizeof line, out) != NULL) {
        if (lines == 2)
            OK(strcmp(line, "  -n, --name NAME        called so\n") == 0);
        wide += strlen(line) > 81;
        astray += line[24] != ' ' || line[25] == ' ';
        lines++;
    }
    OK(lines == sizeof rows / sizeof rows[0] + 2 && wide == 0 && astray == 0);
    (void)fclose(out);
    (void)close(stdout_fd);
}

int main(void)
{
    test_spellings();
    test_operands();
    test_text();
    test_values();
    test_errors();
    test_environment();
    test_help();
    return tap_end();
}
