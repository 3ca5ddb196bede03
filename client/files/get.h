/* The get command: names, patterns that are matched against the server's lists, and folders. */
#ifndef CLIENT_FILES_GET_H
#define CLIENT_FILES_GET_H

#include <stdbool.h>

#include "client/files/download.h"

/* Fetches each of the names, which end with NULL. `recursive`: a folder with all that is in it, or
 * all that is shared if there is no name, into folders of the same names here. Connects again after
 * a loss. Returns the exit status. */
int get_run(struct remote *remote, const struct voice *voice,
            const struct download_options *options, bool recursive, char *const *names);

/* In a conversation: fetches what the pattern matches and is not here yet. Does not connect again.
 */
enum answer_end get_matching(struct remote *remote, const struct voice *voice,
                             const struct download_options *options, const char *pattern);

#endif
