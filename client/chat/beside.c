#define _POSIX_C_SOURCE 200809L

#include "client/chat/beside.h"

static bool goes_beside_file(const char *line)
{
    return !lines_moves_file(line);
}

/* The server does one piece of long work at a time. */
static bool goes_beside_answer(const char *line)
{
    return !lines_moves_file(line) && !lines_asks_work(line);
}

typing_wanted *beside_wanted(const struct ask *ask)
{
    return ask->remote->awaits ? goes_beside_answer : goes_beside_file;
}

bool beside_is_due(const struct ask *ask, const struct typing *typing)
{
    return ask->phase == PHASE_TRANSFERRING && ask->remote->awaits &&
           typing_has(typing, goes_beside_answer);
}
