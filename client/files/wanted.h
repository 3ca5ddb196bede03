/* What "get" is to fetch: names, patterns and folders, looked up in the server's lists. */
#ifndef CLIENT_FILES_WANTED_H
#define CLIENT_FILES_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "client/link/answer.h"

/* A file on the server, and the folder here, relative to the output, into which it goes: "" or
 * ending in '/'. Without a name it is the folder alone, which is empty on the server. */
struct wanted {
    struct wanted *next;
    char *name, *folder;
};

struct wish {
    struct remote *remote;
    const struct voice *voice;
    bool recursive; /* a folder is wanted with all that is in it */
    struct wanted *first, **end;
    size_t files;  /* of those that are wanted */
    size_t listed; /* names in all lists */
    bool told;     /* a folder has no list, and the user knows why */
};

/* Adds what this name or pattern stands for; "": all that is shared. Says what is not there, and
 * what cannot be shown. */
enum answer_end wanted_find(struct wish *wish, const char *name);

/* Makes the wish an empty one. */
void wanted_forget(struct wish *wish);

#endif
