#include "server/web/query.h"

#include <string.h>

bool query_has(const char *query, const char *word)
{
    for (const char *at = query; *at != '\0'; at += *at == '&') {
        size_t length = strcspn(at, "&");

        if (length == strlen(word) && strncmp(at, word, length) == 0)
            return true;
        at += length;
    }
    return false;
}

size_t query_value(const char *query, const char *name, const char **value)
{
    const size_t length = strlen(name);

    for (const char *at = query; *at != '\0'; at += *at == '&') {
        size_t all = strcspn(at, "&");

        if (all > length && strncmp(at, name, length) == 0 && at[length] == '=') {
            *value = at + length + 1;
            return all - length - 1;
        }
        at += all;
    }
    return 0;
}
