#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/filter.h"

#include <string.h>

#include "server/wire/name.h"
#include "server/wire/text.h"
#include "shm/ctl/limits.h"

bool filter_add(struct filter *filter, const char *word)
{
    if (filter->names + filter->networks == FILTER_WORDS || word[0] == '\0')
        return false;
    if (strpbrk(word, ".:/") == NULL) {
        filter->name[filter->names++] = word;
        return text_is_clean(word, strlen(word)) && strpbrk(word, " \t") == NULL;
    }
    return network_parse(word, &filter->network[filter->networks++]);
}

/* Where the text does not match, the last '*' takes one character more. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;

    while (*text != '\0') {
        const char *next_text = text, *next_pattern = pattern;
        uint32_t c = name_take(&next_text);

        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern != '\0' && (name_take(&next_pattern) == c || *pattern == '?')) {
            pattern = next_pattern;
            text = next_text;
        } else if (star != NULL) {
            (void)name_take(&from);
            text = from;
            pattern = star;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

bool filter_takes(const struct filter *filter, const struct record *client)
{
    for (size_t i = 0; i < filter->names; i++)
        if (matches(filter->name[i], client->name))
            return true;
    for (size_t i = 0; i < filter->networks; i++)
        if (network_has(&filter->network[i], &client->peer))
            return true;
    return filter->names + filter->networks == 0;
}
