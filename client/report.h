/* "status", "history" and "list" for scripts: as JSON, and files with their sizes and times. */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include <stdbool.h>

#include "client/link/answer.h"

enum report { REPORT_CLIENTS, REPORT_SESSIONS, REPORT_FILES };

/* Asks the server, and prints its answer. directory: of REPORT_FILES, or NULL for all that is
 * shared. Without json: a line for each file. Returns the exit status. */
int report_run(struct remote *remote, const struct voice *voice, enum report report,
               const char *directory, bool json);

#endif
