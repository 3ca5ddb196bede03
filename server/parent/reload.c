#define _POSIX_C_SOURCE 200809L

#include "server/parent/reload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "server/config_read.h"
#include "server/events_run.h"
#include "server/log.h"
#include "server/system/background.h"
#include "server/wire/clock.h"
#include "shm/table/control.h"
#include "shm/table/registry.h"

#define OTHERS_SIZE 256 /* bytes: the names of what waits for a restart */

/* ---- what waits for a restart */

__attribute__((format(printf, 2, 3))) static void add_other(char others[OTHERS_SIZE],
                                                            const char *format, ...);

static void add_other(char others[OTHERS_SIZE], const char *format, ...)
{
    size_t used = strlen(others);
    va_list arguments;

    if (used > 0)
        used += (size_t)snprintf(others + used, OTHERS_SIZE - used, ", ");
    if (used >= OTHERS_SIZE)
        return;
    va_start(arguments, format);
    (void)vsnprintf(others + used, OTHERS_SIZE - used, format, arguments);
    va_end(arguments);
}

/* The key is a secret that the parent can no longer read: it only sees that the file has changed.
 */
static bool key_has_changed(const struct reload *reload)
{
    const struct stat *was = &reload->key;
    struct stat now;

    return reload->key_path != NULL && was->st_ino != 0 && stat(reload->key_path, &now) == 0 &&
           (now.st_ino != was->st_ino || now.st_dev != was->st_dev || now.st_size != was->st_size ||
            now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
            now.st_mtim.tv_nsec != was->st_mtim.tv_nsec);
}

/* ---- what changes at once */

/* Who is present, or waits, counts under the new limits, so that a limit that was off counts them,
 * too. */
static void count_again(struct parent *parent)
{
    for (uint32_t i = 0; i < parent->slots.top; i++) {
        struct slot_entry *entry = &parent->slots.entry[i];

        if (entry->pid == 0)
            continue;
        admission_leave(&parent->admission, entry->entered);
        entry->entered = admission_enter(&parent->admission, &entry->peer);
    }
    for (uint32_t i = 0; i < parent->queue.count; i++) {
        struct waiting_entry *entry = &parent->queue.entry[i];

        admission_leave(&parent->admission, entry->entered);
        entry->entered = admission_enter(&parent->admission, &entry->peer);
    }
}

/* Nobody who is present is sent away. The table has room for as many as at the start. */
static void set_limit(struct parent *parent, unsigned long clients, char others[OTHERS_SIZE])
{
    uint32_t most = parent->slots.size;

    if (clients > most)
        add_other(others, "max-clients above %" PRIu32, most);
    parent->slots.limit = clients < most ? (uint32_t)clients : most;
    parent->refusal.slots = parent->slots.limit;
    parent->notified = UINT32_MAX; /* the service manager is told anew */
    registry_set_limit(parent->table, parent->slots.limit);
}

/* The processes may not write longer files than at the start (confine_parent). */
static void set_file_limit(struct inbox_limits *limits, char others[OTHERS_SIZE])
{
    struct rlimit now;

    if (getrlimit(RLIMIT_FSIZE, &now) != 0 || now.rlim_cur == RLIM_INFINITY ||
        limits->file <= (uint64_t)now.rlim_cur)
        return;
    limits->file = (uint64_t)now.rlim_cur;
    add_other(others, "inbox-file above %" PRIu64 " bytes", limits->file);
}

static void apply(struct parent *parent, const struct config *fresh, char others[OTHERS_SIZE])
{
    struct reload *reload = parent->reload;
    struct config *config = reload->config;

    config_take(config, fresh, others, OTHERS_SIZE);
    if (key_has_changed(reload))
        add_other(others, "the content of key-file");
    set_limit(parent, config->max_clients, others);
    reload->service->limits = config->session;
    reload->service->earlier = config->earlier;
    parent->earlier = config->earlier > 0;
    if (parent->inbox->fd >= 0) {
        set_file_limit(&config->inbox_limits, others);
        parent->inbox->limits = config->inbox_limits;
    }
    listener_prepare(parent->listener, config->keepalive);
    listener_prepare(parent->web, config->keepalive);
    count_again(parent);
}

/* ---- a reload */

/* Without the name of the program in front of it. */
static const char *only_words(const char *error)
{
    static const char prefix[] = "rollcalld: ";

    return strncmp(error, prefix, strlen(prefix)) == 0 ? error + strlen(prefix) : error;
}

static void read_again(struct parent *parent, char *answer, size_t size)
{
    struct reload *reload = parent->reload;
    char error[512], others[OTHERS_SIZE];
    struct config fresh;

    if (!config_parse(&fresh, reload->file, reload->argc, reload->argv, error, sizeof error)) {
        event_not_reloaded(only_words(error));
        (void)snprintf(answer, size, "all settings stay as they are: %s", only_words(error));
        return;
    }
    apply(parent, &fresh, others);
    config_free(&fresh);
    event_reloaded(reload->file->path, others);
    (void)snprintf(answer, size, others[0] != '\0' ? "%s a restart is needed for: %s" : "%s",
                   CONTROL_OK, others);
}

/* Without a configuration file. */
static void read_nothing(char *answer, size_t size)
{
    event_nothing_to_reload();
    if (log_directory() >= 0)
        (void)snprintf(answer, size,
                       "%s the log was opened anew; no settings were read, because there is no "
                       "--config FILE",
                       CONTROL_OK);
    else
        (void)snprintf(answer, size,
                       "there is nothing to reload: start rollcalld with --config FILE");
}

int reload_log(void)
{
    int failed;

    if (log_reopen() == 0)
        return 0;
    failed = errno;
    event_log_not_opened(failed);
    errno = failed;
    return -1;
}

void reload_run(struct parent *parent, char *answer, size_t size)
{
    background_tell_manager("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_now() / 1000);
    if (reload_log() != 0)
        (void)snprintf(answer, size, "the log's file cannot be opened anew: %s", strerror(errno));
    else if (parent->reload->file->path != NULL)
        read_again(parent, answer, size);
    else
        read_nothing(answer, size);
    background_tell_manager("READY=1");
}
