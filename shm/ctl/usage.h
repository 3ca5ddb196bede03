/* The command line of rollcallctl: a table of commands, and one of options. */
#ifndef SHM_CTL_USAGE_H
#define SHM_CTL_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "shm/ctl/filter.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/survey.h"

/* What runs a command. */
enum command_run {
    RUN_REPORT, /* what the table says, of `kind` */
    RUN_COUNT,
    RUN_TOP,
    RUN_METRICS,
    RUN_ATTEND, /* reads its own options */
    RUN_CHECK,
    RUN_ASK, /* the daemon does it */
    RUN_DRAIN,
};

struct command {
    const char *name, *arguments;
    const char *takes; /* the options that it knows, beside --name, divided by spaces */
    int least, most;   /* number of arguments */
    enum { IS_NONE, IS_FILTER, IS_TEXT } form; /* of the arguments */
    enum command_run run;
    enum report_kind kind; /* for RUN_REPORT */
    const char *help;
};

struct options {
    const char *name, *output, *announce;
    unsigned long timeout; /* seconds; 0: none */
    bool json, batch, help, version;
    const struct command *command;
    const char *words[WORDS_MOST]; /* the command's arguments */
    int count;
    struct filter filter; /* the same, where they are one */
    char *const *own;     /* the words of RUN_ATTEND */
};

/* Reads the words, without the program's name. Where help or the version is asked for, nothing else
 * need be complete. False: *error is one line. */
bool usage_parse(struct options *options, char *const *words, char *error, size_t size);

/* Prints the help: of one command, or (NULL) of all. */
void usage_help(const struct command *command);

#endif
