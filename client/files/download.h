/* One file from the server: only what is missing is fetched, and what arrived is verified before it
 * gets its name. */
#ifndef CLIENT_FILES_DOWNLOAD_H
#define CLIENT_FILES_DOWNLOAD_H

#include <stdbool.h>

#include "client/files/partial.h"
#include "client/link/answer.h"

struct download_options {
    const char *output; /* where files go, as partial_begin has it; NULL: the current directory */
    bool skip_same;     /* a file is not fetched if what is here already has the same digest */
    partial_overwrite *overwrite; /* NULL: no file is replaced */
    void *context;                /* of overwrite */
};

/* Fetches the file of this name and tells the server that it is here. */
enum answer_end download_file(struct remote *remote, const struct voice *voice,
                              const struct download_options *options, const char *name);

#endif
