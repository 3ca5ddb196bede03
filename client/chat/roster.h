/* Who is in the room, as the lines from it tell, and whose hands are up. */
#ifndef CLIENT_CHAT_ROSTER_H
#define CLIENT_CHAT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "server/wire/protocol.h"

struct member {
    char name[PROTOCOL_NAME_MAX + 1];
    bool hand;
};

struct roster {
    struct member *member; /* in the order in which they came */
    size_t count, room;
};

/* The member of that name, whatever the capitals; or NULL. */
struct member *roster_find(const struct roster *roster, const char *name);

/* Adds it, unless it is there. NULL: no memory, or no name. */
struct member *roster_add(struct roster *roster, const char *name);

void roster_remove(struct roster *roster, const char *name);
void roster_rename(struct roster *roster, const char *name, const char *to);

void roster_clear(struct roster *roster);

size_t roster_hands(const struct roster *roster);

#endif
