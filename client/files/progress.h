/* The line that shows how far a file has come: on stderr, redrawn in place, or where voice->bar
 * draws it. */
#ifndef CLIENT_FILES_PROGRESS_H
#define CLIENT_FILES_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/link/voice.h"

struct progress {
    const struct voice *voice;
    bool drawn;
    const char *name;       /* the caller's, sanitized */
    uint64_t offset, total; /* bytes: where this transfer began, and where it ends */
    int64_t began, redrawn; /* clock_now */
};

/* Begins a transfer of the bytes from offset to total. Draws nothing. */
void progress_begin(struct progress *progress, const struct voice *voice, const char *name,
                    uint64_t offset, uint64_t total);

/* `have` bytes are there; more than the total count as the total. Draws nothing in the first half
 * second, and then ten times a second, if voice->progress and not voice->quiet. */
void progress_step(struct progress *progress, uint64_t have);

/* Ends the transfer. The line of a complete one stays, with the time that it took; any other line
 * is removed, to make place for a message. */
void progress_end(struct progress *progress, uint64_t have);

/* Ends the transfer, and removes the line in any case. */
void progress_hide(struct progress *progress);

/* Prints one line about the files that were transferred in `ns` nanoseconds, if they are several
 * and progress is wanted (voice). */
void progress_total(const struct voice *voice, size_t files, uint64_t bytes, int64_t ns);

/* Formats the line `ns` nanoseconds after the beginning, in at most `width` columns. */
void progress_format(char *to, size_t size, const struct progress *progress, uint64_t have,
                     int64_t ns, size_t width);

#endif
