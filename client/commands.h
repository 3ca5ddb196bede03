/* The commands of "rollcall COMMAND [OPTION...] [OPERAND...]": one table of them. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/files/download.h"
#include "client/link/answer.h"
#include "client/settings.h"

struct command;

/* The parsed words of a command. */
struct command_call {
    const struct command *command;
    const struct settings *settings;         /* the caller's */
    char *const *operands;                   /* NULL-terminated; they stay the caller's */
    const struct download_options *download; /* set by commands_run */
};

/* The command of that name, or NULL. */
const struct command *commands_find(const char *name);

/* The name of the command that a mistyped one was meant to be, or NULL. */
const char *commands_nearest(const char *word);

/* Whether the command moves files, so that Ctrl-C stops it in an orderly way. */
bool commands_move_files(const struct command *command);

/* Whether who runs the command has to choose a name before. */
bool commands_need_name(const struct command *command);

/* Reads the words behind the command's name: its options and rollcall's own, among and behind the
 * operands, too, unless the words are text. The words are put in another order. Each operand fits
 * into a request afterwards. False: *error is one line for standard error, and the exit status is
 * 2. Where settings->help is asked for, nothing else need be complete. */
bool commands_read(struct command_call *call, const struct command *command,
                   struct settings *settings, char **words, char *error, size_t size);

/* Sends the command's requests in a session that has been greeted. Returns the exit status. */
int commands_run(const struct command_call *call, struct remote *remote, const struct voice *voice,
                 const struct download_options *download);

/* Prints all commands, each with a line of help, to stdout. */
void commands_help(void);

/* Prints the usage and the options of one command to stdout. */
void commands_usage(const struct command *command);

#endif
