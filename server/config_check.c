#define _POSIX_C_SOURCE 200809L

#include "server/config_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/files/place.h"
#include "server/parent/listener.h"
#include "server/start.h"
#include "server/wire/descriptors.h"

/* Whether this machine has the addresses. Their port may be in use, by the daemon that is to get
 * these settings; so any port is tried. */
static void check_addresses(const struct config *config)
{
    struct listener listener;
    char error[256];

    if (listener_open(&listener, NULL, config->bind.text, config->bind.count, 0, 1, error,
                      sizeof error) != 0)
        start_die(EXIT_USAGE, "%s", error);
    listener_close(&listener);
    for (size_t i = 0; i < config->web.count; i++) {
        char address[CONFIG_ADDRESS_SIZE];
        const char *only = address;
        unsigned port;

        (void)config_web_address(config->web.text[i], address, &port);
        if (listener_open(&listener, NULL, &only, address[0] != '\0', 0, 1, error, sizeof error) !=
            0)
            start_die(EXIT_USAGE, "--web: %s", error);
        listener_close(&listener);
    }
}

static void check_inbox(const struct config *config, const struct inbox *inbox)
{
    if (inbox->fd >= 0 && inbox_check(inbox) != 0)
        start_die(EXIT_USAGE, "cannot use the inbox '%s': %s", config->inbox, strerror(errno));
}

/* The file need not exist yet. */
static void check_written(const char *what, const char *path, int directory, const char *name)
{
    int failed = 0;

    if (faccessat(directory, name, W_OK, 0) != 0)
        failed = errno;
    if (failed == ENOENT)
        failed = faccessat(directory, ".", W_OK | X_OK, 0) != 0 ? errno : 0;
    if (failed != 0)
        start_die(EXIT_USAGE, "cannot write the %s '%s': %s", what, path, strerror(failed));
}

static void check_log(const struct config *config)
{
    const char *name = strrchr(config->log, '/');
    char directory[PLACE_PATH];
    int fd;

    if (name == NULL)
        return;
    (void)snprintf(directory, sizeof directory, "%.*s", (int)(name - config->log + 1), config->log);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        start_die(EXIT_USAGE, "cannot write the log '%s': %s", config->log, strerror(errno));
    check_written("log", config->log, fd, name + 1);
    close(fd);
}

static void check_runtime(const struct config *config)
{
    if (config->runtime != NULL && faccessat(AT_FDCWD, config->runtime, W_OK | X_OK, 0) != 0)
        start_die(EXIT_USAGE, "cannot make a directory in '%s': %s; see --runtime", config->runtime,
                  strerror(errno));
}

/* A reload reads the file as the daemon's user. */
static void check_file(const struct config *config)
{
    if (config->file != NULL && faccessat(AT_FDCWD, config->file, R_OK, 0) != 0)
        start_die(EXIT_USAGE, "the daemon's user cannot read '%s', so a reload would fail: %s",
                  config->file, strerror(errno));
}

int config_check(const struct config *config, const struct inbox *inbox, const struct clerk *clerk)
{
    check_addresses(config);
    check_inbox(config, inbox);
    if (clerk->directory >= 0)
        check_written("journal", config->journal, clerk->directory, clerk->name);
    check_log(config);
    check_runtime(config);
    check_file(config);
    printf("%s: the settings are right\n",
           config->file != NULL ? config->file : "the command line");
    return descriptors_written("rollcalld") ? EXIT_SUCCESS : EXIT_FAILURE;
}
