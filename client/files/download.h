/* Downloads one file: fetches only the missing bytes, and verifies them before the file gets its
 * name. */
#ifndef CLIENT_FILES_DOWNLOAD_H
#define CLIENT_FILES_DOWNLOAD_H

#include <stdbool.h>

#include "client/files/partial.h"
#include "client/link/answer.h"

struct download_options {
    const char *output; /* where files go, as target_find has it; NULL: the current directory */
    bool skip_same;     /* a file is not fetched if the local file has the same digest */
    partial_overwrite *overwrite;  /* NULL: no file is replaced */
    void *context;                 /* of overwrite */
    struct partial_stream *stream; /* what a stream has got on earlier connections; NULL: nothing */
};

/* Fetches the file of this name, and tells the server that it arrived. */
enum answer_end download_file(struct remote *remote, const struct voice *voice,
                              const struct download_options *options, const char *name);

#endif
