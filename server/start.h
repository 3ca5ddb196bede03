/* The steps of the start, each with its errors: one line on standard error and an exit status,
 * after what the start has made so far was removed. main.c has their order. */
#ifndef SERVER_START_H
#define SERVER_START_H

#include <limits.h>
#include <stdbool.h>

#include "server/clerk/clerk.h"
#include "server/config.h"
#include "server/files/inbox.h"
#include "server/journal.h"
#include "server/parent/listener.h"
#include "server/parent/parent.h"
#include "server/parent/reload.h"
#include "server/system/confine.h"
#include "server/system/trial.h"
#include "server/wire/key.h"
#include "shm/table/types.h"

enum { EXIT_USAGE = 2 };

/* One line on standard error. Errors of the start are errors in the journal, too (sd-daemon(3)). */
void start_complain(const char *line);

/* The start has failed: says why in one line, after "rollcalld: ", and exits. */
__attribute__((noreturn, format(printf, 2, 3))) void start_die(int status, const char *format, ...);

/* What a fault of what the settings name exits with: where only these are checked, it is theirs. */
int start_fault(const struct config *config);

/* Decides who may read what the daemon makes from here on: its user, and with --group-access its
 * group. */
void start_set_access(const struct config *config);

/* Makes the table. What fails after this undoes it first. */
void start_create(struct table *table, const struct config *config);

/* Removes what the start has made: the table, and the runtime directory if it was made. */
void start_undo(struct table *table);

/* Opens the inbox, if there is one: before the daemon goes into the background, because its path
 * may be relative. */
void start_open_inbox(struct inbox *inbox, const struct config *config, int share);

/* Opens the shared directory. */
int start_open_share(const struct config *config);

/* Checks the share as the user that the daemon has become. */
void start_check_share(int share, const struct config *config);

/* Opens what the processes tell each other with: bells, the channels of the journal, and pipes. */
void start_open_lines(struct bell *bell, struct journal *journal, int requests[2], int lifeline[2],
                      const struct config *config);

/* Opens the journal, if there is one. */
void start_open_journal(struct clerk *clerk, const struct config *config, char path[PATH_MAX],
                        int share, const struct inbox *inbox);

/* Starts the clerk, who keeps the journal. */
void start_start_clerk(struct parent *parent, const struct config *config,
                       const struct clerk *clerk, const char *path);

/* Claims the inbox, after the daemon has gone into the background, because a record lock is its
 * process's. */
void start_claim_inbox(struct inbox *inbox, const struct config *config, struct table *table);

/* Makes and enters the runtime directory, *runtime. Returns the control socket in it. */
int start_open_runtime(const struct config *config, struct table *table, int *runtime);

/* Reads the room's key. */
void start_read_key(struct key *key, const struct config *config);

/* Completes what a reload needs: the directory of the configuration file, and how the key's file
 * is now. */
void start_keep_sources(struct reload *reload, const struct config *config);

/* Warns of settings that are ignored, and of a file that could not be read again. */
void start_warn_of_settings(const struct reload *reload, bool inherited, bool web_inherited);

/* Warns of too few descriptors and processes. */
void start_warn_of_limits(const struct config *config, bool web);

/* From here on the start makes the trial's room, not the daemon's. */
void start_begin_trial(struct trial *trial, struct config *config, int share,
                       const struct program *program);

/* Leaves the terminal: the last step of --daemon. */
void start_leave(struct table *table);

/* Completes the parent's book, in memory that handlers do not have. */
struct parent *start_supervise(const struct parent *given, const struct config *config);

/* Gives up what the daemon does not need; warns of what could not be had. */
void start_confine(struct confinement *confinement, struct table *table,
                   struct successor *successor);

#endif
