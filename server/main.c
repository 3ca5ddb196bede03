/* rollcalld: the steps of the start in their order, each with its undo, and the end. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/config_check.h"
#include "server/config_read.h"
#include "server/events.h"
#include "server/lifetime.h"
#include "server/listening.h"
#include "server/log.h"
#include "server/log_file.h"
#include "server/logging.h"
#include "server/parent/places.h"
#include "server/serve.h"
#include "server/start.h"
#include "server/system/background.h"
#include "server/wire/descriptors.h"
#include "shm/table/registry.h"

static int print_and_exit(void (*print)(void))
{
    print();
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_settings(const struct config *config)
{
    config_print(config);
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_version(void)
{
    puts("rollcalld " ROLLCALL_VERSION);
}

/* Says that the daemon is ready, and serves until it stops. Returns the exit status. */
static int serve(const struct belongings *all)
{
    listener_prepare(all->listener, all->config->keepalive);
    listener_prepare(all->web_listener, all->config->keepalive);
    serve_prepare();
    places_begin(all->parent);
    if (all->config->daemon)
        start_leave(all->table);
    listening_announce(all->listener, all->web_listener);
    return lifetime_serve(all);
}

int main(int argc, char **argv)
{
    static struct key key;
    static struct bell bell;
    static struct web web;
    static char share_path[PLACE_PATH], inbox_path[PLACE_PATH];
    static struct config_file file = {.directory = -1};
    struct parent *parent;
    struct service service;
    struct confinement confinement;
    struct trial trial;
    struct config config;
    struct listener listener, web_listener = {.count = 0};
    struct table table;
    struct inbox inbox;
    struct clerk clerk;
    char error[512], journal[TABLE_RUNTIME];
    struct reload reload = {
        .file = &file, .argc = argc, .argv = argv, .config = &config, .service = &service};
    struct belongings all = {.config = &config,
                             .key = &key,
                             .bell = &bell,
                             .inbox = &inbox,
                             .listener = &listener,
                             .web_listener = &web_listener,
                             .web = &web,
                             .table = &table,
                             .service = &service,
                             .reload = &reload};
    struct successor successor;
    int control, requests[2], lifeline[2], status;
    bool inherited, web_inherited, rehearsed;

    (void)signal(SIGXFSZ, SIG_IGN); /* ulimit -f is an error (EFBIG), not the end */
    if (descriptors_fill_standard() != 0)
        start_die(EXIT_FAILURE, "cannot open /dev/null: %s", strerror(errno));
    lifetime_go_on(&all, argv);
    if (!config_parse(&config, NULL, argc, argv, error, sizeof error)) {
        start_complain(error);
        return EXIT_USAGE;
    }
    if (config.help)
        return print_and_exit(config_help);
    if (config.version)
        return print_and_exit(print_version);
    if (config.print_config)
        return print_settings(&config);
    tzset(); /* here, and not in every handler */
    start_set_access(&config);
    rehearsed = config.check_confinement || config.check_config;
    if (config.check_config)
        start_only_check();
    inherited = !rehearsed && listening_inherit(&listener, &web_listener, &config);
    start_read_key(&key, &config);
    service = (struct service){.inbox = &inbox,
                               .bell = &bell,
                               .key = &key,
                               .room = config.name,
                               .earlier = config.earlier,
                               .limits = config.session};
    service.share = start_open_share(&config);
    service.share_path = place_absolute(config.share ? config.share : ".", share_path);
    start_open_inbox(&inbox, &config, service.share);
    inbox.path = config.inbox ? place_absolute(config.inbox, inbox_path) : NULL;
    start_open_journal(&clerk, &config, journal, service.share, &inbox);
    clerk.table = &table;
    start_open_lines(&bell, &clerk.channels, requests, lifeline, &config);
    start_keep_sources(&reload, &config);
    service.requests = requests[1];
    service.journal = clerk.channels.handlers;
    successor_prepare(&successor, argv);
    if (!rehearsed && !inherited)
        listening_open(&listener, &config);
    web_inherited = !rehearsed && !listening_open_web(&web_listener, &config);
    service.web = listening_prepare_web(&web, &config, &web_listener);
    log_detach();
    config.became = config.user;
    if (confine_user(&config.became, error, sizeof error) != 0)
        start_die(EXIT_FAILURE, "%s", error);
    service.user = config.became;
    start_check_share(service.share, &config);
    if (config.check_config)
        return config_check(&config, &inbox, &clerk);
    logging_open(&config, service.share, &inbox);
    confinement =
        (struct confinement){.share = service.share,
                             .inbox = &inbox,
                             .config = file.directory,
                             .files = LIMIT_PARENT_FILES + (service.web ? LIMIT_VISITS_FILES : 0),
                             .log = log_file_directory(),
                             .log_grows = logging_grows(&config),
                             .own_base = config.runtime == NULL};
    if (config.check_confinement)
        start_begin_trial(&trial, &config, service.share, &successor.program);
    if (config.daemon && background_begin() != 0)
        start_die(EXIT_FAILURE, "cannot go into the background: %s", strerror(errno));
    start_create(&table, &config);
    start_claim_inbox(&inbox, &config, &table);
    control = start_open_runtime(&config, &table, &confinement.runtime);
    parent = start_supervise(&(struct parent){.listener = &listener,
                                              .web = &web_listener,
                                              .table = &table,
                                              .inbox = &inbox,
                                              .bell = &bell,
                                              .requests = {requests[0], requests[1]},
                                              .share = service.share,
                                              .places = {.share_path = service.share_path,
                                                         .own_base = config.runtime == NULL},
                                              .control = control,
                                              .journal = clerk.channels.handlers,
                                              .reload = &reload,
                                              .belongings = &all,
                                              .successor = successor,
                                              .asks_key = key.length > 0,
                                              .earlier = config.earlier > 0,
                                              .lifeline = {lifeline[0], lifeline[1]}},
                             &config);
    all.parent = parent;
    if (!config.check_confinement)
        start_start_clerk(parent, &config, &clerk, journal);
    logging_begin(&config, &table);
    start_warn_of_settings(&reload, inherited, web_inherited);
    start_warn_of_limits(&config, service.web != NULL);
    start_confine(&confinement, &table, &parent->successor);
    if (!config.check_confinement)
        return serve(&all);
    lifetime_rehearse(&all);
    status = trial_run(&trial);
    start_undo(&table);
    return status;
}
