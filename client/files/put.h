/* "rollcall put FILE...": files handed in, each with a receipt. */
#ifndef CLIENT_FILES_PUT_H
#define CLIENT_FILES_PUT_H

#include "client/link/answer.h"

struct put_options {
    const char *name;    /* hand it in under this name, or NULL */
    const char *receipt; /* the receipts are added to this file, or NULL */
};

/* Takes the options in front of the files; *words moves past them. Returns 0, or -1 and *error is
 * one line. */
int put_parse(struct put_options *options, char *const **words, char *error, size_t size);

/* Parses the words and hands in each file, "-" being the standard input. Connects again after a
 * loss. Returns the exit status. */
int put_run(struct remote *remote, const struct voice *voice, char *const *words);

/* Hands in one file under the last part of its path, and shows the receipt. */
enum answer_end put_file(struct remote *remote, const struct voice *voice, const char *path);

#endif
