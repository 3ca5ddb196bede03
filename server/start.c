#define _POSIX_C_SOURCE 200809L

#include "server/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/advice.h"
#include "server/events.h"
#include "server/events_run.h"
#include "server/files/place.h"
#include "server/files/share.h"
#include "server/journaling.h"
#include "server/log.h"
#include "server/parent/control.h"
#include "server/system/background.h"
#include "server/system/runtime.h"
#include "shm/table/control.h"
#include "shm/table/registry.h"

static const struct runtime_names names = {
    .control = TABLE_CONTROL, .journal = TABLE_JOURNAL, .asks = TABLE_ASKS};

/* Errors of the start are errors in the journal, too (sd-daemon(3)). */
void start_complain(const char *line)
{
    (void)fprintf(stderr, "%s%s\n", log_is_journal() ? "<3>" : "", line);
}

void start_die(int status, const char *format, ...)
{
    static const char prefix[] = "rollcalld: ";
    char line[1024] = "rollcalld: ";
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line + sizeof prefix - 1, sizeof line - sizeof prefix + 1, format, arguments);
    va_end(arguments);
    start_complain(line);
    exit(status);
}

int start_fault(const struct config *config)
{
    return config->check_config ? EXIT_USAGE : EXIT_FAILURE;
}

/* The table, the runtime directory with its sockets, and clients' directories in the inbox are made
 * with modes that give the group what it may do with them; the umask takes that away. */
void start_set_access(const struct config *config)
{
    (void)umask(config->group_access ? 0007 : 0077);
}

/* Ends for what happened at a path, with what can be done about it in the unit. */
static __attribute__((noreturn)) void die_at(const char *what, const char *path,
                                             enum advice_use use, int why,
                                             const struct config *config)
{
    char advice[ADVICE_SIZE];

    start_die(start_fault(config), "%s '%s': %s%s", what, path, strerror(why),
              advice_for(advice, use, path, why, config->name));
}

void start_create(struct table *table, const struct config *config)
{
    if (registry_create(table, config->name, (uint32_t)config->max_clients) == 0)
        return;
    if (errno == EBUSY)
        start_die(EXIT_FAILURE,
                  "room '%s' is taken: another rollcalld runs it; give this one a --name",
                  config->name);
    if (errno == EPERM || errno == EACCES)
        start_die(EXIT_FAILURE,
                  "room '%s' belongs to another user: give this one a --name, or remove /dev/shm%s",
                  config->name, table->path);
    if (errno == ENOSPC || errno == ENOMEM || errno == EFBIG)
        start_die(EXIT_FAILURE,
                  "cannot make the table of room '%s': it takes %zu KB of shared memory: %s",
                  config->name, table->size / 1024, strerror(errno));
    start_die(EXIT_FAILURE, "cannot make the table of room '%s': %s", config->name,
              strerror(errno));
}

/* Removes what the start has made: the table, and the runtime directory if it was made. */
void start_undo(struct table *table)
{
    if (table->runtime[0] != '\0')
        runtime_remove(table->runtime, &names);
    log_count_losses(NULL);
    registry_destroy(table);
}

/* The inbox is opened before the daemon goes into the background, because its path may be relative;
 * it is claimed afterwards, because a record lock belongs to its process. */
void start_open_inbox(struct inbox *inbox, const struct config *config, int share)
{
    *inbox = (struct inbox){
        .fd = -1, .lock = -1, .limits = config->inbox_limits, .group = config->group_access};
    if (config->inbox != NULL && inbox_open(inbox, config->inbox) != 0)
        die_at("cannot open the inbox", config->inbox, ADVICE_WRITE, errno, config);
    if (config->inbox != NULL && inbox_overlaps(inbox, share))
        start_die(
            EXIT_USAGE,
            "--inbox '%s': expected a directory apart from the shared one, where everybody could "
            "fetch what is handed in",
            config->inbox);
}

static const char *share_path(const struct config *config)
{
    return config->share != NULL ? config->share : ".";
}

int start_open_share(const struct config *config)
{
    int share = share_open(share_path(config));

    if (share < 0)
        die_at("cannot share", share_path(config), ADVICE_READ, errno, config);
    return share;
}

/* Checks as the daemon's user, because root may have opened a directory that this user cannot read.
 * */
void start_check_share(int share, const struct config *config)
{
    const char *path = share_path(config);
    int failed = share_check(share) != 0 ? errno : 0;

    if (failed == EACCES && config->became != NULL)
        start_die(start_fault(config),
                  "cannot share '%s': the user '%s' may not read that directory; try chmod a+rx on "
                  "it, or another --user",
                  path, config->became);
    if (failed != 0)
        die_at("cannot share", path, ADVICE_READ, failed, config);
}

static void start_open_pipe(int ends[2])
{
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
        start_die(EXIT_FAILURE, "cannot make a pipe: %s", strerror(errno));
}

/* Makes the channels between the parent and its handlers. At this step, so that the descriptors
 * that handlers keep have the lowest numbers, and the others form a few ranges, each closed with
 * one call. */
void start_open_lines(struct bell *bell, struct journal *journal, int requests[2], int lifeline[2],
                      const struct config *config)
{
    int reading;

    if (bell_open(bell, (uint32_t)config->max_clients) != 0)
        start_die(EXIT_FAILURE, "cannot make the wake-ups of handlers: %s", strerror(errno));
    start_open_pipe(requests);
    reading = fcntl(requests[0], F_DUPFD_CLOEXEC, 0); /* leaves a gap for lifeline[0] */
    if (reading < 0 || fcntl(reading, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(requests[1], F_SETFL, O_NONBLOCK) != 0)
        start_die(EXIT_FAILURE, "cannot make a pipe: %s", strerror(errno));
    close(requests[0]);
    requests[0] = reading;
    start_open_pipe(lifeline);
    *journal = JOURNAL_NONE;
    if (config->journal != NULL && !config->check_confinement && journal_open(journal) != 0)
        start_die(EXIT_FAILURE, "cannot make a channel to the journal: %s", strerror(errno));
}

/* Outside of what clients read, and of what handlers may write to. */
void start_open_journal(struct clerk *clerk, const struct config *config, char path[PATH_MAX],
                        int share, const struct inbox *inbox)
{
    char error[512];
    int failed;

    *clerk = (struct clerk){.room = config->name};
    failed = journaling_open(clerk, config->journal, path, error, sizeof error);
    if (failed != 0)
        start_die(failed == EXIT_FAILURE ? start_fault(config) : failed, "%s", error);
    if (clerk->directory >= 0 && (inbox_is_in(clerk->directory, share) ||
                                  (inbox->fd >= 0 && inbox_is_in(clerk->directory, inbox->fd))))
        start_die(
            EXIT_USAGE,
            "--journal '%s': expected a file outside of the shared directory and of the inbox, "
            "where clients could reach it",
            config->journal);
}

void start_start_clerk(struct parent *parent, const struct config *config,
                       const struct clerk *clerk, const char *path)
{
    char error[512];

    if (path[0] != '\0' && symlink(path, TABLE_JOURNAL) != 0)
        (void)snprintf(error, sizeof error, "cannot make a link in %s: %s", parent->table->runtime,
                       strerror(errno));
    else if (journaling_start(&parent->recorder, clerk, config, &parent->serial, error,
                              sizeof error) == 0) {
        if (clerk->directory >= 0)
            registry_resume(parent->table, parent->serial);
        return;
    }
    start_undo(parent->table);
    start_die(EXIT_FAILURE, "%s", error);
}

/* A trial only checks, because a daemon may be using the inbox. */
void start_claim_inbox(struct inbox *inbox, const struct config *config, struct table *table)
{
    int failed = 0;

    if (inbox->fd >= 0 &&
        (config->check_confinement ? inbox_check(inbox) : inbox_claim(inbox)) != 0)
        failed = errno;
    if (failed == 0)
        return;
    start_undo(table);
    if (failed == EACCES && config->became != NULL)
        start_die(
            EXIT_FAILURE,
            "cannot use the inbox '%s': the user '%s' may not write to it; try chown %s on it, or "
            "another --user",
            config->inbox, config->became, config->became);
    if (failed == EBUSY)
        start_die(EXIT_FAILURE, "cannot use the inbox '%s': another rollcalld does", config->inbox);
    die_at("cannot use the inbox", config->inbox, ADVICE_WRITE, failed, config);
}

/* Makes and enters the runtime directory, *runtime. Returns the control socket in it. */
int start_open_runtime(const struct config *config, struct table *table, int *runtime)
{
    char path[TABLE_RUNTIME], error[512], whole[PLACE_PATH];
    const char *base = config->runtime != NULL ? place_absolute(config->runtime, whole) : NULL;
    int control, failed;

    if (config->runtime != NULL && base == NULL) {
        start_undo(table);
        die_at("cannot make a runtime directory in", config->runtime, ADVICE_WRITE, ENAMETOOLONG,
               config);
    }
    *runtime = runtime_enter(path, sizeof path, base, config->name, &names, error, sizeof error);
    if (*runtime < 0) {
        start_undo(table);
        start_die(EXIT_FAILURE, "%s; see --runtime", error);
    }
    registry_set_runtime(table, path);
    control = control_open();
    if (control < 0) {
        failed = errno;
        start_undo(table);
        start_die(EXIT_FAILURE, "cannot make a socket in %s: %s", path, strerror(failed));
    }
    return control;
}

void start_read_key(struct key *key, const struct config *config)
{
    const char *path = config->key_file;
    char error[512], advice[ADVICE_SIZE];
    int failed;

    key->length = 0;
    if (path == NULL || key_read(key, path) == 0)
        return;
    failed = errno;
    key_explain(path, error, sizeof error);
    start_die(start_fault(config), "%s%s", error,
              advice_for(advice, ADVICE_SECRET, path, failed, config->name));
}

void start_keep_sources(struct reload *reload, const struct config *config)
{
    static char key_path[PLACE_PATH];
    char error[512];

    if (config->file != NULL && !config_file_open(reload->file, config->file, error, sizeof error))
        start_die(EXIT_USAGE, "%s", error);
    if (config->key_file == NULL)
        return;
    reload->key_path = place_absolute(config->key_file, key_path);
    if (reload->key_path == NULL || stat(reload->key_path, &reload->key) != 0)
        memset(&reload->key, 0, sizeof reload->key);
}

void start_warn_of_settings(const struct reload *reload, bool inherited, bool web_inherited)
{
    const struct config *config = reload->config;
    const struct config_file *file = reload->file;

    if (file->path != NULL && faccessat(file->directory, file->name, R_OK, 0) != 0)
        event_config_unreadable(file->path, errno);
    if (inherited && config->port_named)
        event_inherited("--port");
    if (inherited && config->bind.count > 0)
        event_inherited("--bind");
    if (web_inherited && config->web.count > 0)
        event_inherited("--web");
}

/* Too few processes are a warning, not an error, because the user's other processes come and go.
 * The parent needs as many descriptors for 10,000 clients as for ten. */
void start_warn_of_limits(const struct config *config, bool web)
{
    long processes = sysconf(_SC_CHILD_MAX), descriptors = sysconf(_SC_OPEN_MAX);

    if (descriptors > 0 && descriptors < LIMIT_PARENT_FILES + (web ? LIMIT_VISITS_FILES : 0))
        event_few_descriptors(descriptors, LIMIT_PARENT_FILES + (web ? LIMIT_VISITS_FILES : 0));

    if (processes > 0 && getuid() != 0 && (unsigned long)processes <= config->max_clients)
        event_few_processes(processes, config->max_clients);
}

/* From here on the start makes the trial's room, not the daemon's. */
void start_begin_trial(struct trial *trial, struct config *config, int share,
                       const struct program *program)
{
    trial->share = share;
    trial->program = *program;
    if (trial_begin(trial) != 0)
        start_die(EXIT_FAILURE, "cannot start the test of the confinement: %s", strerror(errno));
    config->name = trial->room;
    config->max_clients = 1;
}

void start_leave(struct table *table)
{
    int failed = background_ready() != 0 ? errno : 0;

    if (failed == 0)
        return;
    event_not_in_background(failed);
    start_undo(table);
    exit(EXIT_FAILURE);
}

struct parent *start_supervise(const struct parent *given, const struct config *config)
{
    struct parent *parent = platform_private_memory(sizeof *parent);
    int failed;

    if (parent != NULL) {
        *parent = *given;
        if (parent_init(parent, &config->admission, (uint32_t)config->max_clients) == 0)
            return parent;
    }
    failed = errno;
    start_undo(given->table);
    start_die(EXIT_FAILURE, "cannot start: %s", strerror(failed));
}

void start_confine(struct confinement *confinement, struct table *table,
                   struct successor *successor)
{
    int failed;

    successor_choose_word(successor);
    confinement->program = successor->program.alone ? successor->program.directory : -1;
    confinement->word = successor->missing == 0 ? &successor->word : NULL;
    failed = confine_parent(confinement) != 0 ? errno : 0;

    if (failed != 0) {
        start_undo(table);
        start_die(EXIT_FAILURE, "cannot be confined: %s", strerror(failed));
    }
    if (confinement->missing == NULL)
        return;
    registry_set_missing(table, confinement->missing);
    event_not_confined(confinement->missing);
}
