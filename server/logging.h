/* The log's part in the start. Its errors are start_die's. */
#ifndef SERVER_LOGGING_H
#define SERVER_LOGGING_H

#include <stdbool.h>

#include "server/config.h"
#include "server/files/inbox.h"
#include "shm/table/types.h"

/* Opens the file of --log FILE as the daemon's user, outside of what clients can reach. */
void logging_open(const struct config *config, int share, const struct inbox *inbox);

/* Begins the log, and warns where its lines would be lost. */
void logging_begin(const struct config *config, struct table *table);

/* Whether the log is a file, which may become longer than any hand-in. */
bool logging_grows(const struct config *config);

#endif
