/* What the command line and the environment say: one table of rollcall's own options, which may
 * stand before a command or after it, and the fields for those that a command has besides. */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

#include <stdbool.h>

#include "client/files/put.h"
#include "server/wire/options.h"

struct settings {
    const char *host, *key_file, *nick, *output, *color; /* NULL: not given */
    unsigned long port;                                  /* 0: not given */
    unsigned long retries;
    unsigned long ping; /* seconds without a request until one is sent to stay connected; 0: none */
    unsigned long wait; /* seconds for a place; 0: the room's being full is an error */
    bool force, anonymous, no_progress, quiet, plain, no_timestamps, no_bell, help, version;
    bool recursive, json, with_sizes; /* of commands, like the next */
    struct put_options put;
};

extern const struct option_table settings_table;

/* What is not given. */
struct settings settings_default(void);

/* Sets what no option has set, from the environment or to the default. False: *error is one line.
 */
bool settings_complete(struct settings *settings, char *error, size_t size);

/* Reads the words behind a command, whose own options are these; ours may stand there, too. The
 * operands are moved to the front, and NULL follows them. False: *error is one line. */
bool settings_read_behind(struct settings *settings, const struct option_table *own, char **words,
                          char *error, size_t size);

#endif
