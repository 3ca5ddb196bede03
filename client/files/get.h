/* The get command: names, patterns that are matched against the server's lists, and folders. */
#ifndef CLIENT_FILES_GET_H
#define CLIENT_FILES_GET_H

#include "client/link/answer.h"

/* Fetches each name, NULL-terminated; a folder with all beneath it where `recursive` (no name: all
 * that is shared), into folders of the same names here. Over a new connection what was lost goes
 * on. Returns the exit status. */
int get_run(struct remote *remote, const struct style *style, bool recursive, char *const *names);

#endif
