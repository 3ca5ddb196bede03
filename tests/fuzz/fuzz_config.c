/* The command line, with arguments divided by LF; and the same bytes as a configuration file, whose
 * settings are printed, read again and printed the same. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/config_read.h"
#include "server/wire/settings.h"
#include "tests/fuzz/fuzz.h"

#define ARGUMENTS 64

static char *const alone[] = {"rollcalld", NULL};

static void check_error(const char *error)
{
    if (error[0] == '\0' || strchr(error, '\n') != NULL)
        abort();
}

static void try_words(char *words)
{
    char *argv[ARGUMENTS + 2] = {"rollcalld"}, error[512];
    struct config config;
    int argc = 1;

    for (char *word = words; word != NULL && argc <= ARGUMENTS;) {
        char *end = strchr(word, '\n');

        if (end != NULL)
            *end++ = '\0';
        if (strncmp(word, "--conf", 6) != 0) /* which would read any file */
            argv[argc++] = word;
        word = end;
    }
    if (!config_parse(&config, NULL, argc, argv, error, sizeof error))
        check_error(error);
}

static char *print(const struct config *config, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (out == NULL)
        abort();
    settings_print(&config_table, config, out);
    if (fclose(out) != 0)
        abort();
    return text;
}

static void try_file(char *bytes, size_t size)
{
    char error[512], *first, *second, *again;
    struct config config;
    size_t length, other;

    if (!config_parse_text(&config, "FILE", bytes, size, 1, alone, error, sizeof error)) {
        check_error(error);
        return;
    }
    first = print(&config, &length);
    again = malloc(length + 1);
    if (again == NULL)
        abort();
    memcpy(again, first, length + 1);
    if (!config_parse_text(&config, "FILE", again, length, 1, alone, error, sizeof error))
        abort();
    second = print(&config, &other);
    if (length != other || memcmp(first, second, length) != 0)
        abort();
    free(first);
    free(second);
    free(again);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *words = malloc(size + 1);

    if (words == NULL)
        return -1;
    memcpy(words, data, size);
    words[size] = '\0';
    try_words(words);
    memcpy(words, data, size);
    words[size] = '\0';
    try_file(words, size);
    free(words);
    return 0;
}
