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

/* The first step, because it closes all other descriptors that were passed. */
bool listening_inherit(struct listener *listener, struct listener *web, const struct config *config)
{
    char error[256];
    int inherited = listener_inherit(listener, web, error, sizeof error);

    if (inherited < 0)
        start_die(EXIT_FAILURE, "%s", error);
    if (config->share == NULL && (inherited > 0 || background_has_manager()))
        start_die(EXIT_USAGE, "a service needs --share DIR: name the directory to hand out");
    return listener->count > 0;
}

void listening_open(struct listener *listener, const struct config *config)
{
    char error[256];

    if (listener_open(listener, config->bind.text, config->bind.count, (unsigned)config->port,
                      config->max_clients, error, sizeof error) != 0)
        start_die(EXIT_FAILURE, "%s", error);
}

bool listening_open_web(struct listener *web, const struct config *config)
{
    if (web->count > 0)
        return false;
    for (size_t i = 0; i < config->web.count; i++) {
        char address[CONFIG_ADDRESS_SIZE], error[256];
        const char *only = address;
        struct listener more;
        unsigned port;

        (void)config_web_address(config->web.text[i], address, &port);
        if (listener_open(&more, &only, address[0] != '\0', port, 1, error, sizeof error) != 0)
            start_die(EXIT_FAILURE, "--web: %s", error);
        if (!listener_join(web, &more))
            start_die(EXIT_USAGE, "--web: expected at most %d sockets", LIMIT_LISTENERS);
    }
    return true;
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
    background_tell_manager("READY=1");
}
