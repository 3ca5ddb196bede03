#define _POSIX_C_SOURCE 200809L

#include "client/chat/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct member *roster_find(const struct roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->count; i++)
        if (strcasecmp(roster->member[i].name, name) == 0)
            return &roster->member[i];
    return NULL;
}

struct member *roster_add(struct roster *roster, const char *name)
{
    struct member *member = roster_find(roster, name);

    if (member != NULL || !protocol_name_valid(name))
        return member;
    if (roster->count == roster->room) {
        size_t room = roster->room > 0 ? 2 * roster->room : 16;
        struct member *more = realloc(roster->member, room * sizeof *more);

        if (more == NULL)
            return NULL;
        roster->member = more;
        roster->room = room;
    }
    member = &roster->member[roster->count++];
    *member = (struct member){.hand = false};
    (void)snprintf(member->name, sizeof member->name, "%s", name);
    return member;
}

void roster_remove(struct roster *roster, const char *name)
{
    struct member *member = roster_find(roster, name);

    if (member == NULL)
        return;
    roster->count--;
    memmove(member, member + 1, (size_t)(roster->member + roster->count - member) * sizeof *member);
}

void roster_rename(struct roster *roster, const char *name, const char *to)
{
    struct member *member = roster_find(roster, name);

    if (member != NULL && protocol_name_valid(to))
        (void)snprintf(member->name, sizeof member->name, "%s", to);
    else
        (void)roster_add(roster, to);
}

void roster_clear(struct roster *roster)
{
    roster->count = 0;
}

size_t roster_hands(const struct roster *roster)
{
    size_t hands = 0;

    for (size_t i = 0; i < roster->count; i++)
        hands += roster->member[i].hand;
    return hands;
}
