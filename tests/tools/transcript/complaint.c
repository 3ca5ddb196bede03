#include "tests/tools/transcript/complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tools/transcript/client.h"
#include "tests/tools/transcript/pattern.h"

static const char *file_name, *played;
static size_t line_number;

void complaint_at(const char *file, size_t number, const char *line)
{
    file_name = file;
    line_number = number;
    played = line;
}

static void print_line(void)
{
    printf("%s:%zu: %s\n", file_name, line_number, played);
}

void complain(const char *format, ...)
{
    va_list arguments;

    print_line();
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    printf("\nThe conversations, to their last lines:\n");
    client_show_all(stdout);
    exit(1);
}

void misunderstood(const char *why)
{
    print_line();
    printf("Cannot be understood: %s\n", why);
    exit(2);
}

char *must_understand(const char *text, size_t *length)
{
    const char *error;
    char *bytes = pattern_text(text, length, &error);

    if (bytes == NULL)
        misunderstood(error);
    return bytes;
}

bool must_match(const char *pattern, const char *line, size_t length)
{
    const char *error;
    int matches = pattern_match(pattern, line, length, &error);

    if (matches < 0)
        misunderstood(error);
    return matches == 1;
}
