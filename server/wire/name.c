#define _POSIX_C_SOURCE 200809L

#include "server/wire/name.h"

#include <string.h>

#include "server/wire/letters.h"
#include "server/wire/text.h"

uint32_t name_take(const char **text)
{
    uint32_t c;
    size_t size = text_decode(*text, strnlen(*text, 4), &c);

    if (size == 0)
        return 0x80000000U | (unsigned char)*(*text)++;
    *text += size;
    return letters_fold(c);
}

size_t name_shared(const char *text, const char *other)
{
    const char *end = text, *next = text;

    while (*next != '\0' && *other != '\0' && name_take(&next) == name_take(&other))
        end = next;
    return (size_t)(end - text);
}

size_t name_begins(const char *text, const char *beginning)
{
    const char *next = text;

    while (*beginning != '\0')
        if (*next == '\0' || name_take(&next) != name_take(&beginning))
            return 0;
    return (size_t)(next - text);
}

bool name_same(const char *one, const char *other)
{
    size_t same = name_begins(one, other);

    return one[same] == '\0' && (same > 0 || other[0] == '\0');
}

int name_compare(const char *one, const char *other)
{
    while (*one != '\0' && *other != '\0') {
        uint32_t a = name_take(&one), b = name_take(&other);

        if (a != b)
            return a < b ? -1 : 1;
    }
    return (*one != '\0') - (*other != '\0');
}
