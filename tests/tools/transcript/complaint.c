#include "tests/tools/transcript/complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tools/transcript/client.h"

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
