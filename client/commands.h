/* The commands of "rollcall COMMAND ARG...": one table. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/files/download.h"
#include "client/link/answer.h"

struct command;

/* The command of that name with that many arguments. NULL: *error is one line. arguments end with
 * NULL; each must fit into a request. output: where fetched files go (struct download_options). */
const struct command *commands_find(const char *name, char *const *arguments, const char *output,
                                    char *error, size_t size);

/* Runs it in a session that has been greeted. Returns the exit status. */
int commands_run(const struct command *command, struct remote *remote, const struct voice *voice,
                 const struct download_options *options, char *const *arguments);

/* Prints them all with their help to stdout. */
void commands_help(void);

#endif
