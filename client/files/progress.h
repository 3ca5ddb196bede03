/* The progress line of a transfer: drawn by voice->bar, or redrawn in place on stderr. */
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

/* Notes that `have` bytes were transferred (at most the total). Draws ten times a second after the
 * first half second, if voice->progress and not voice->quiet. */
void progress_step(struct progress *progress, uint64_t have);

/* Ends the transfer. A complete transfer's line stays and shows the time that it took; any other
 * line is removed, to make room for a message. */
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
