/* The journal's file: lines are appended whole, wait in memory where the disk is full, and reach
 * the disk within LIMIT_JOURNAL_FLUSH_MS. One process at a time writes to it. */
#ifndef SERVER_CLERK_FILE_H
#define SERVER_CLERK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/wire/entry.h"

struct file {
    int directory, fd;
    const char *name; /* in the directory */
    off_t size;       /* bytes that are whole lines */
    int error;        /* of the last attempt to write; 0: it succeeded */
    int64_t retry;    /* clock_now, if `error`: not before */
    int64_t flush_by; /* clock_now: what was written is to be on the disk; 0: it is */
    size_t used;      /* bytes that wait */
    char *waiting;
};

/* Opens or makes the file in file->directory, and locks it. *made: it is new, or empty. Returns 0,
 * or -1 with errno: EBUSY where another process writes to it, EINVAL where it is no regular file.
 */
int file_open(struct file *file, bool *made);

/* Adds a line to those that wait. False: it does not fit, and is left out. */
bool file_add(struct file *file, const char *line, size_t length);

/* Whether a longest line fits. */
bool file_has_room(const struct file *file);

/* Appends what waits. Returns 0, or -1 with file->error: nothing of it is in the file, and the next
 * attempt is made after LIMIT_JOURNAL_FULL_MS. */
int file_write(struct file *file, int64_t now);

/* Has the disk keep what was written. Returns 0, or -1 with errno. */
int file_flush(struct file *file);

/* Whether the file still has its name. */
bool file_is_same(const struct file *file);

/* Closes the file, or closes it and goes on with another one; what waits stays. */
void file_close(struct file *file);
void file_take_over(struct file *file, struct file *next);

/* Cuts the file off behind `size` bytes, which are whole lines. Returns 0, or -1 with errno. */
int file_cut(struct file *file, off_t size);

#endif
