/* The daemon's settings. One table in config.c defines the command line and --help. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/files/inbox.h"
#include "server/limits.h"
#include "server/parent/admission.h"

struct addresses {
    size_t count;
    const char *text[LIMIT_BINDS];
};

struct config {
    unsigned long port;
    bool port_named; /* on the command line */
    unsigned long max_clients;
    struct addresses bind; /* none: both loopback addresses */
    const char *share;     /* NULL: not named */
    const char *inbox;     /* NULL: nothing is handed in */
    struct inbox_limits inbox_limits;
    struct admission_limits admission;
    struct session_limits session;
    unsigned long keepalive; /* seconds; 0: TCP never asks */
    const char *key_file;    /* NULL: no key is asked for */
    const char *runtime;     /* NULL: runtime_enter chooses a directory */
    unsigned long earlier;   /* lines shown to a client that joins */
    const char *name;
    const char *journal; /* NULL: nothing is recorded */
    const char *log;     /* "stderr" or "syslog" */
    const char *user;    /* NULL: confine_user chooses a user */
    bool daemon, check_confinement, help, version;
};

/* Fills in the defaults and then what the command line says; the strings stay argv's. Where help or
 * the version is asked for, nothing else need be complete. False: *error is one line for standard
 * error, with the program's name, and the exit status is 2. */
bool config_parse(struct config *config, int argc, char *const *argv, char *error, size_t size);

/* Prints the usage and every option with its help to stdout. */
void config_help(void);

#endif
