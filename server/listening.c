#define _POSIX_C_SOURCE 200809L

#include "server/listening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/events_run.h"
#include "server/start.h"
#include "server/system/background.h"

/* Whether a socket that was kept is at an address of --web. */
static bool is_pages(int fd, const struct config *config)
{
    for (size_t i = 0; i < config->web.count; i++) {
        char address[CONFIG_ADDRESS_SIZE];
        const char *only = address;
        unsigned port;

        (void)config_web_address(config->web.text[i], address, &port);
        if (listener_wants(fd, &only, address[0] != '\0', port))
            return true;
    }
    return false;
}

static bool is_lines(int fd, const struct config *config)
{
    return listener_wants(fd, config->bind.text, config->bind.count, (unsigned)config->port);
}

/* Nobody listens any more at sockets that were kept and that the settings do not name: before
 * others are opened, which may be at an address that these cover. */
static void end_others(struct listener *kept, bool opened,
                       bool is_named(int, const struct config *), const struct config *config)
{
    struct listener others = {.count = 0};

    for (size_t i = kept->count; i-- > 0;)
        if (opened || !is_named(kept->fd[i], config)) {
            others.fd[others.count++] = kept->fd[i];
            kept->fd[i] = kept->fd[--kept->count];
        }
    listener_end(&others);
}

/* The first step, because it closes all other descriptors that were passed. */
void listening_inherit(struct inherited *all, const struct config *config)
{
    char error[256];
    int inherited = inherited_take(all, error, sizeof error);

    if (inherited < 0)
        start_die(EXIT_FAILURE, "%s", error);
    if (config->share == NULL && (inherited > 0 || background_has_manager()))
        start_die(EXIT_USAGE, "a service needs --share DIR: name the directory to hand out");
    end_others(&all->kept_line, all->line.count > 0, is_lines, config);
    end_others(&all->kept_web, all->web.count > 0, is_pages, config);
}

void listening_open(struct listener *listener, struct listener *kept, const struct config *config)
{
    char error[256];

    if (listener->count > 0)
        return;
    if (listener_open(listener, kept, config->bind.text, config->bind.count, (unsigned)config->port,
                      config->max_clients, error, sizeof error) != 0)
        start_die(EXIT_FAILURE, "%s", error);
    listener_end(kept);
}

void listening_open_web(struct listener *web, struct listener *kept, const struct config *config)
{
    if (web->count > 0)
        return;
    for (size_t i = 0; i < config->web.count; i++) {
        char address[CONFIG_ADDRESS_SIZE], error[256];
        const char *only = address;
        struct listener more;
        unsigned port;

        (void)config_web_address(config->web.text[i], address, &port);
        if (listener_open(&more, kept, &only, address[0] != '\0', port, 1, error, sizeof error) !=
            0)
            start_die(EXIT_FAILURE, "--web: %s", error);
        if (!listener_join(web, &more))
            start_die(EXIT_USAGE, "--web: expected at most %d sockets", LIMIT_LISTENERS);
    }
    listener_end(kept);
}

const struct web *listening_prepare_web(struct web *web, const struct config *config,
                                        const struct listener *listener)
{
    char secret[KEY_HEX_SIZE];

    if (listener->count == 0)
        return NULL;
    *web = (struct web){.names = {.count = config->web_hosts.count}};
    for (size_t i = 0; i < config->web_hosts.count; i++)
        web->names.name[i] = config->web_hosts.text[i];
    if (gethostname(web->names.machine, sizeof web->names.machine - 1) != 0)
        web->names.machine[0] = '\0';
    if (key_challenge(secret) != 0)
        start_die(EXIT_FAILURE, "cannot make the secret of tokens: %s", strerror(errno));
    web->secret.length = strlen(secret);
    memcpy(web->secret.byte, secret, web->secret.length);
    return web;
}

/* Calls `announce` with each address once: more sockets at the same address come one after another.
 */
static void announce_each(const struct listener *listener,
                          void announce(const char *address, unsigned port))
{
    for (size_t i = 0; i < listener->count; i++) {
        char address[LISTENER_ADDRESS_SIZE], last[LISTENER_ADDRESS_SIZE] = "";
        unsigned port, last_port = 0;

        if (i > 0)
            listener_address(listener, i - 1, last, &last_port);
        listener_address(listener, i, address, &port);
        if (port != last_port || strcmp(address, last) != 0)
            announce(address, port);
    }
}

void listening_announce(const struct listener *listener, const struct listener *web)
{
    event_started();
    announce_each(listener, event_listening);
    announce_each(web, event_page);
    event_waiting();
    inherited_keep(listener, web);
    background_tell_manager("READY=1");
}
