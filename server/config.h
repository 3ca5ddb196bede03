/* The daemon's settings. One table in config.c defines the command line, the configuration
 * file and --help. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/files/inbox.h"
#include "server/limits.h"
#include "server/parent/admission.h"
#include "server/wire/options.h"

struct addresses {
    size_t count;
    const char *text[LIMIT_BINDS];
};

struct config {
    unsigned long port;
    bool port_named; /* on the command line */
    unsigned long max_clients;
    struct addresses bind; /* none: both loopback addresses */
    struct addresses web;  /* "ADDRESS:PORT"; none: no page */
    struct addresses web_hosts;
    const char *share; /* NULL: not named */
    const char *inbox; /* NULL: nothing is handed in */
    struct inbox_limits inbox_limits;
    struct admission_limits admission;
    struct session_limits session;
    unsigned long keepalive; /* seconds; 0: TCP never asks */
    const char *key_file;    /* NULL: no key is asked for */
    const char *runtime;     /* NULL: runtime_enter chooses a directory */
    unsigned long earlier;   /* lines shown to a client that joins */
    const char *name;
    const char *journal; /* NULL: nothing is recorded */
    const char *log;     /* log_target_of (server/log.h) knows what it means */
    const char *user;    /* NULL: confine_user chooses a user */
    bool group_access;   /* to the table, the runtime directory, and what is handed in */
    const char *became;  /* set at the start: the user that it has become; NULL: it has not */
    const char *file;    /* NULL: no configuration file is read */
    char *text;          /* of that file: what the strings above may point into; or NULL */
    bool daemon, check_confinement, check_config, print_config, help, version;
};

/* What no setting was named for; the port is CONFIG_NO_PORT. */
extern const struct config config_defaults;
#define CONFIG_NO_PORT 65536 /* no value of --port */

extern const struct option_table config_table;

/* Takes apart a value of --web: "ADDRESS:PORT", "[ADDRESS]:PORT", or "PORT", where the address
 * becomes "". False: it is none. */
#define CONFIG_ADDRESS_SIZE 80 /* bytes of a numeric address with its interface, and a NUL */
bool config_web_address(const char *value, char address[CONFIG_ADDRESS_SIZE], unsigned *port);

#endif
