#define _XOPEN_SOURCE 700 /* realpath */

#include "server/journaling.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/advice.h"
#include "server/clerk/keeper.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/log_file.h"
#include "server/system/platform.h"
#include "shm/table/registry.h"

enum { EXIT_USAGE = 2 };

static void directory_of(char *to, size_t size, const char *file)
{
    const char *slash = strrchr(file, '/');

    if (slash == NULL)
        (void)snprintf(to, size, ".");
    else
        (void)snprintf(to, size, "%.*s", slash == file ? 1 : (int)(slash - file), file);
}

int journaling_open(struct clerk *clerk, const char *file, char path[PATH_MAX], char *error,
                    size_t size)
{
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;
    char directory[PATH_MAX], whole[PATH_MAX], advice[ADVICE_SIZE];
    size_t length;

    path[0] = '\0';
    clerk->directory = -1;
    if (file == NULL)
        return 0;
    clerk->name = slash != NULL ? slash + 1 : file;
    if (clerk->name[0] == '\0') {
        (void)snprintf(error, size, "--journal '%s': expected a file, not a directory", file);
        return EXIT_USAGE;
    }
    platform_boot_name(clerk->boot_name);
    directory_of(directory, sizeof directory, file);
    clerk->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (clerk->directory < 0) {
        (void)snprintf(error, size, "cannot open the directory of the journal '%s': %s%s", file,
                       strerror(errno),
                       advice_for(advice, ADVICE_WRITE, directory, errno, clerk->room));
        return EXIT_FAILURE;
    }
    if (realpath(directory, whole) == NULL)
        return 0;
    length = strlen(whole);
    if (length + strlen(clerk->name) + 2 > PATH_MAX)
        return 0;
    memcpy(path, whole, length);
    path[length] = '/';
    memcpy(path + length + 1, clerk->name, strlen(clerk->name) + 1);
    return 0;
}

/* The clerk stays outside of the parent's confinement, and inside its own. */
static pid_t fork_keeper(const struct clerk *clerk, const struct config *config)
{
    const int keep[] = {clerk->channels.from_parent, clerk->channels.from_handlers,
                        clerk->directory, log_file_descriptor(), log_file_directory()};
    pid_t pid = platform_fork();
    int null;

    if (pid != 0)
        return pid;
    platform_close_all_but(keep, sizeof keep / sizeof keep[0], LIMIT_PARENT_FILES);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
        if (fd != STDERR_FILENO || config->daemon)
            (void)dup2(null, fd);
    close(null);
    (void)log_open(log_target_of(config->log));
    log_count_losses(registry_log_losses(clerk->table));
    keeper_run(clerk);
}

static void explain(const struct config *config, int failed, char *error, size_t size)
{
    const char *file = config->journal, *user = config->became;
    char directory[PATH_MAX], advice[ADVICE_SIZE];

    directory_of(directory, sizeof directory, file);
    if (failed == EINVAL)
        (void)snprintf(
            error, size,
            "--journal '%s': expected a journal of rollcalld, or a name that no file has", file);
    else if (failed == EACCES && user != NULL)
        (void)snprintf(
            error, size,
            "cannot write the journal '%s': the user '%s' may not write to it, or to its "
            "directory; try chown %s on that, or another --user",
            file, user, user);
    else
        (void)snprintf(error, size, "cannot write the journal '%s': %s%s", file,
                       failed == EBUSY ? "another rollcalld does" : strerror(failed),
                       advice_for(advice, ADVICE_WRITE, directory, failed, config->name));
}

int journaling_start(struct recorder *recorder, const struct clerk *clerk,
                     const struct config *config, uint64_t *serial, char *error, size_t size)
{
    pid_t pid;

    if (clerk->directory < 0)
        return recorder_init(recorder, -1, -1);
    pid = fork_keeper(clerk, config);
    if (pid > 0) {
        close(clerk->channels.from_parent);
        close(clerk->channels.from_handlers);
        close(clerk->directory);
        if (recorder_init(recorder, clerk->channels.parent, pid) == 0 &&
            recorder_start(recorder, serial) == 0)
            return 0;
    }
    explain(config, errno, error, size);
    return -1;
}
