/* The daemon's settings: one table (config.c) serves the command line and --help. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/admitted.h"
#include "server/files/inbox.h"
#include "server/limits.h"
#include "server/parent/admission.h"

struct config {
    unsigned long port;
    unsigned long max_clients;
    const char *bind[LIMIT_BINDS];
    size_t binds;      /* 0: both loopback addresses */
    const char *share; /* NULL: not named */
    const char *inbox; /* NULL: nothing is handed in */
    struct inbox_limits inbox_limits;
    struct admission_limits admission;
    struct session_limits session;
    unsigned long keepalive; /* seconds, 0: none */
    const char *key_file;    /* NULL: no key is asked for */
    const char *runtime;     /* NULL: as runtime_open has it */
    unsigned long earlier;   /* lines shown to who joins */
    const char *name;
    const char *log;  /* "stderr" or "syslog" */
    const char *user; /* NULL: as confine_user has it */
    bool daemon, check_confinement, help, version;
};

/* Fills in the defaults and then what the command line says; the strings stay argv's. False: *error
 * is one line that says what was wrong and what was expected. */
bool config_parse(struct config *config, int argc, char *const *argv, char *error, size_t size);

/* Prints every setting with its help to stdout. */
void config_help(void);

#endif
