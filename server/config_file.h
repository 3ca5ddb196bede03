/* The configuration file's bytes. It is reached through its directory, which the daemon may read
 * even when it is confined: so a reload sees a file that an editor has put in the old one's place.
 */
#ifndef SERVER_CONFIG_FILE_H
#define SERVER_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "server/files/place.h"

struct config_file {
    const char *path;     /* as it was named; NULL: there is no file */
    const char *name;     /* in the directory */
    const char *absolute; /* of the directory, to see whether another has its path; NULL: unknown */
    int directory;        /* descriptor; -1: not open */
    char room[2 * PLACE_PATH];
};

/* Opens the directory of the file at `path`, which stays the caller's. False: *error is one line,
 * without the program's name. */
bool config_file_open(struct config_file *file, const char *path, char *error, size_t size);

/* Reads the file, at most LIMIT_CONFIG bytes; a pipe or a device is never waited for. Returns its
 * text with a NUL behind it, to be freed, or NULL and *error is one line. */
char *config_file_read(const struct config_file *file, size_t *length, char *error, size_t size);

#endif
