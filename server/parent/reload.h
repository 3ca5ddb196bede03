/* SIGHUP and `rollcallctl reload`: the settings are read again, and those that can change apply to
 * who comes next. A wrong file changes nothing. */
#ifndef SERVER_PARENT_RELOAD_H
#define SERVER_PARENT_RELOAD_H

#include <stddef.h>
#include <sys/stat.h>

#include "server/admitted.h"
#include "server/config.h"
#include "server/config_file.h"
#include "server/parent/parent.h"

/* Where settings come from, and go to. All of it is given. */
struct reload {
    struct config_file *file; /* its path is NULL: there is no file */
    int argc;
    char *const *argv;
    struct config *config;   /* those in force; parent->admission points into it */
    struct service *service; /* what the next handlers get */
    const char *key_path;    /* absolute; NULL: there is no key, or its path is not known */
    struct stat key;         /* the file, as it was when the key was read; all 0: unknown */
};

/* Opens the log's file anew, if it has one. Returns 0, or -1 with errno, and the log says so. */
int reload_log(void);

/* Opens the log's file anew, reads and applies. Writes the answer for rollcallctl
 * (shm/table/control.h). */
void reload_run(struct parent *parent, char *answer, size_t size);

#endif
