/* The command line: arguments are divided by LF. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include "server/config.h"
#include "tests/fuzz/fuzz.h"

#define ARGUMENTS 64

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char *words = malloc(size + 1), *argv[ARGUMENTS + 2] = {"rollcalld"}, error[512];
    struct config config;
    int argc = 1;

    if (words == NULL)
        return -1;
    memcpy(words, data, size);
    words[size] = '\0';
    for (char *word = words; word != NULL && argc <= ARGUMENTS;) {
        char *end = strchr(word, '\n');

        if (end != NULL)
            *end++ = '\0';
        argv[argc++] = word;
        word = end;
    }
    if (!config_parse(&config, argc, argv, error, sizeof error) &&
        (error[0] == '\0' || strchr(error, '\n') != NULL))
        abort();
    free(words);
    return 0;
}
