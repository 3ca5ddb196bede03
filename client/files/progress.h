/* The line on the terminal that shows how far a file has come: on stderr, redrawn in place. */
#ifndef CLIENT_FILES_PROGRESS_H
#define CLIENT_FILES_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool wanted; /* stderr is a terminal, and nobody said no */
    bool drawn;
    void (*bar)(const char *line); /* draws the line, or takes it away (NULL); else stderr does */
    const char *name;
    uint64_t offset, total; /* bytes: where this transfer began, and where it ends */
    int64_t began, redrawn; /* monotonic ns */
};

/* A transfer of the bytes from offset to total. The name is the caller's, sanitized already. */
void progress_begin(struct progress *progress, const char *name, uint64_t offset, uint64_t total);

/* `have` bytes are there. Draws nothing in the first half second, and then ten times a second. */
void progress_step(struct progress *progress, uint64_t have);

/* The end: with the time taken if it is whole; a line that is not is taken away, for a message. */
void progress_end(struct progress *progress, uint64_t have);

/* One line for several files that have come. */
void progress_total(size_t files, uint64_t bytes, int64_t ns);

/* The monotonic clock, in ns. */
int64_t progress_now(void);

/* The line itself, in at most `width` columns; ns: the time since the beginning. For the tests,
 * too. */
void progress_format(char *to, size_t size, const struct progress *progress, uint64_t have,
                     int64_t ns, size_t width);

#endif
