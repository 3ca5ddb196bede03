/* The journal's part in the start: its directory, the clerk's process, and what the journal knows.
 */
#ifndef SERVER_JOURNALING_H
#define SERVER_JOURNALING_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "server/clerk/clerk.h"
#include "server/config.h"
#include "server/parent/recorder.h"

/* Opens the directory of the file, which is made anew in it when it is rotated, and by the user
 * that the daemon becomes; so directory and name are kept. *path: where the file is, "" if that is
 * unknown or too long. file NULL: there is no journal. Returns 0, or the status to exit with;
 * *error is one line. */
int journaling_open(struct clerk *clerk, const char *file, char path[PATH_MAX], char *error,
                    size_t size);

/* Forks the clerk, which fills the table with what the journal knows, and waits for that. *serial:
 * the highest of all sessions in it. Does nothing without a journal. Returns 0, or -1 and *error.
 */
int journaling_start(struct recorder *recorder, const struct clerk *clerk,
                     const struct config *config, uint64_t *serial, char *error, size_t size);

#endif
