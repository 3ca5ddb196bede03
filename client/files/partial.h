/* A file that arrives. It is kept in a part (part.h) until it is complete and verified, and then
 * moved to its place; an interrupted download continues from the part the next time. A stream
 * (place.h) gets the bytes as they come instead. Each function tells the user what goes wrong. */
#ifndef CLIENT_FILES_PARTIAL_H
#define CLIENT_FILES_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "client/files/part.h"
#include "client/files/target.h"
#include "client/link/answer.h"
#include "server/wire/sha256.h"

/* What a stream was given so far, over several connections. */
struct partial_stream {
    int fd;            /* -1: it was not opened yet */
    uint64_t have;     /* bytes */
    struct sha256 sum; /* of these */
    bool nobody;       /* nobody reads it any more */
};

struct partial {
    struct target target;
    struct part part;              /* of a file */
    struct partial_stream *stream; /* of a stream; else NULL */
    uint64_t have;                 /* bytes that are here, all of which are in the sum */
    uint64_t total;                /* bytes of the file; 0: not known yet */
    bool cut;                      /* the server has ended the last transfer, not the session */
    struct sha256 sum;
};

/* Asks whether the file at the path may be replaced. */
typedef bool partial_overwrite(void *context, const char *path);

/* Opens the part of a file that the server calls `name`, so that what is wrong here is known before
 * a byte is sent, and reads what is already in it. The file goes where target_find says; `stream`
 * is for the case that that is a stream, and the caller closes its descriptor. */
enum answer_end partial_begin(struct partial *partial, struct remote *remote,
                              const struct voice *voice, const char *name, const char *output,
                              struct partial_stream *stream);

/* Computes the digest of the file that is at that path now. ANSWER_FAILED, without a message: there
 * is no readable file. */
enum answer_end partial_digest(struct remote *remote, const struct voice *voice, const char *name,
                               const char *output, struct sha256 *sum);

/* Whether what is here can be given up: a stream does not take bytes back. */
bool partial_may_restart(const struct partial *partial);

/* Empties the part. Returns 0, or -1 with errno, without a message. */
int partial_restart(struct partial *partial);

/* Reads the next `length` bytes that the server sends into the part, and shows the progress as that
 * of `name`, which is sanitized. ANSWER_DONE; ANSWER_FAILED: they cannot be written, but all have
 * been read, so the session goes on; ANSWER_LOST, also where nobody reads the stream. */
enum answer_end partial_receive(struct partial *partial, struct remote *remote,
                                const struct voice *voice, const char *name, uint64_t length);

/* Moves the file to its place and syncs it to the disk. A different file there is replaced only if
 * `overwrite` (NULL: never) allows that. The part is closed. Returns 0 or -1. */
int partial_finish(struct partial *partial, const struct voice *voice, partial_overwrite *overwrite,
                   void *context);

/* Closes the part, and keeps it for the next time unless it is empty. */
void partial_leave(struct partial *partial);

/* Closes and removes the part. */
void partial_abandon(struct partial *partial);

#endif
