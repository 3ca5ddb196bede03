/* "rollcall put FILE...": files handed in, each with a receipt. */
#ifndef CLIENT_FILES_PUT_H
#define CLIENT_FILES_PUT_H

#include "client/link/answer.h"

struct put_options {
    const char *name;    /* hand in the only file under this name, or NULL */
    const char *receipt; /* add the receipts to this file, or NULL */
};

/* Checks the options and the files (at least one, NULL-terminated). Returns what was expected, such
 * as "one file with --as", or NULL if they can be handed in. */
const char *put_expects(const struct put_options *options, char *const *files);

/* The first of the files, if none of them can be read, with errno; else NULL. */
const char *put_unreadable(char *const *files);

/* Hands in all files; "-" is the standard input. The client has chosen a name, or wants none.
 * Connects again after a loss. Returns the exit status. */
int put_run(struct remote *remote, const struct voice *voice, const struct put_options *options,
            char *const *files);

/* Hands in one file under the last part of its path, and shows the receipt; or says that the client
 * has to choose a name before. */
enum answer_end put_file(struct remote *remote, const struct voice *voice, const char *path);

#endif
