#define _POSIX_C_SOURCE 200809L

#include "client/chat/late.h"

#include <stdlib.h>
#include <string.h>

void late_add(struct late *late, unsigned number, const char *line)
{
    char *copy = late->count < LATE_MOST ? strdup(line) : NULL;

    if (copy != NULL)
        late->request[late->count++] = (struct late_request){.number = number, .line = copy};
}

static void drop_first(struct late *late)
{
    free(late->request[0].line);
    late->count--;
    memmove(late->request, late->request + 1, late->count * sizeof late->request[0]);
}

bool late_take(struct late *late, unsigned number, struct lines_typed *typed)
{
    while (late->count > 0 && late->request[0].number < number)
        drop_first(late);
    if (late->count == 0 || late->request[0].number != number)
        return false;
    lines_parse(typed, late->request[0].line, false);
    drop_first(late);
    return true;
}

void late_free(struct late *late)
{
    while (late->count > 0)
        drop_first(late);
}
