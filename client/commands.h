/* The commands of "rollcall COMMAND [OPTION...] [OPERAND...]": one table of them. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/files/download.h"
#include "client/files/put.h"
#include "client/link/answer.h"

struct command;

/* The parsed words of a command. Each command has some of these options. */
struct command_call {
    const struct command *command;
    bool help, recursive, json, with_sizes;
    struct put_options put;
    char *const *operands;                   /* NULL-terminated; they stay the caller's */
    const struct download_options *download; /* set by commands_run */
};

/* The command of that name, or NULL. */
const struct command *commands_find(const char *name);

/* Whether who runs the command has to choose a name before. */
bool commands_need_name(const struct command *command);

/* Reads the words behind the command's name; output: the value of rollcall's own --output, or NULL.
 * Each operand fits into a request afterwards. False: *error is one line for standard error, and
 * the exit status is 2. Where help is asked for, nothing else need be complete. */
bool commands_read(struct command_call *call, const struct command *command, char *const *words,
                   const char *output, char *error, size_t size);

/* Sends the command's requests in a session that has been greeted. Returns the exit status. */
int commands_run(const struct command_call *call, struct remote *remote, const struct voice *voice,
                 const struct download_options *download);

/* Prints all commands, each with a line of help, to stdout. */
void commands_help(void);

/* Prints the usage and the options of one command to stdout. */
void commands_usage(const struct command *command);

#endif
