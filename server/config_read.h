/* Reads the settings from the command line and the configuration file, and prints them. */
#ifndef SERVER_CONFIG_READ_H
#define SERVER_CONFIG_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "server/config.h"

struct config_file;

/* Fills in the defaults, then what the configuration file says that the command line names, and
 * then what the command line says, whose strings stay argv's. `file` is that file, or NULL to open
 * it here. Where help or the version is asked for, nothing else need be complete. False: *error is
 * one line for standard error, with the program's name, and the exit status is 2. */
bool config_parse(struct config *config, const struct config_file *file, int argc,
                  char *const *argv, char *error, size_t size);

/* The same with the text of a file (settings_read), which stays the caller's. */
bool config_parse_text(struct config *config, const char *path, char *text, size_t length, int argc,
                       char *const *argv, char *error, size_t size);

/* Frees the text. */
void config_free(struct config *config);

/* Takes over those settings that can change in a running daemon. Writes the names of those that
 * differ and cannot, divided by ", ", cut to `size`; none: "". */
void config_take(struct config *running, const struct config *fresh, char *others, size_t size);

/* Prints all settings as a configuration file. */
void config_print(const struct config *config);

/* Prints the usage and every option with its help to stdout. */
void config_help(void);

#endif
