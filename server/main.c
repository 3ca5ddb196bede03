/* rollcalld: the steps of the start in their order, each with its undo, and the end. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <limits.h>
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
    return descriptors_written("rollcalld") ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_settings(const struct config *config)
{
    config_print(config);
    return descriptors_written("rollcalld") ? EXIT_SUCCESS : EXIT_FAILURE;
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

/* What the start has opened or found for later steps, besides the belongings. */
struct opened {
    struct clerk clerk;
    char journal[PATH_MAX]; /* its path */
    int requests[2], lifeline[2];
    struct successor successor;
    struct inherited inherited;
    bool rehearses; /* nothing is served: no socket is opened */
};

/* While the daemon is still who started it: directories, the journal, pipes and sockets. */
static void open_all(const struct belongings *all, struct opened *opened, char *const *words)
{
    static char share_path[PLACE_PATH], inbox_path[PLACE_PATH];
    const struct config *config = all->config;
    struct service *service = all->service;

    if (!opened->rehearses)
        listening_inherit(&opened->inherited, config);
    *all->listener = opened->inherited.line;
    *all->web_listener = opened->inherited.web;
    start_read_key(all->key, config);
    *service = (struct service){.inbox = all->inbox,
                                .bell = all->bell,
                                .key = all->key,
                                .room = config->name,
                                .earlier = config->earlier,
                                .limits = config->session};
    service->share = start_open_share(config);
    service->share_path = place_absolute(config->share ? config->share : ".", share_path);
    start_open_inbox(all->inbox, config, service->share);
    all->inbox->path = config->inbox ? place_absolute(config->inbox, inbox_path) : NULL;
    start_open_journal(&opened->clerk, config, opened->journal, service->share, all->inbox);
    opened->clerk.table = all->table;
    start_open_lines(all->bell, &opened->clerk.channels, opened->requests, opened->lifeline,
                     config);
    start_keep_sources(all->reload, config);
    service->requests = opened->requests[1];
    service->journal = opened->clerk.channels.handlers;
    successor_prepare(&opened->successor, words);
    if (!opened->rehearses) {
        listening_open(all->listener, &opened->inherited.kept_line, config);
        listening_open_web(all->web_listener, &opened->inherited.kept_web, config);
    }
    service->web = listening_prepare_web(all->web, config, all->web_listener);
}

/* Gives up root, and checks that the other user can do the work. */
static void become_user(const struct belongings *all)
{
    struct config *config = all->config;
    char error[512];

    log_detach();
    config->became = config->user;
    if (confine_user(&config->became, error, sizeof error) != 0)
        start_die(start_fault(config), "%s", error);
    all->service->user = config->became;
    start_check_share(all->service->share, config);
}

/* Makes the table, the runtime directory and the parent's book. */
static void make_room(struct belongings *all, const struct opened *opened, int *runtime)
{
    const struct config *config = all->config;
    int control;

    start_create(all->table, config);
    start_claim_inbox(all->inbox, config, all->table);
    control = start_open_runtime(config, all->table, runtime);
    all->parent =
        start_supervise(&(struct parent){.listener = all->listener,
                                         .web = all->web_listener,
                                         .table = all->table,
                                         .inbox = all->inbox,
                                         .bell = all->bell,
                                         .requests = {opened->requests[0], opened->requests[1]},
                                         .share = all->service->share,
                                         .places = {.share_path = all->service->share_path,
                                                    .own_base = config->runtime == NULL},
                                         .control = control,
                                         .journal = opened->clerk.channels.handlers,
                                         .reload = all->reload,
                                         .belongings = all,
                                         .successor = opened->successor,
                                         .asks_key = all->key->length > 0,
                                         .earlier = config->earlier > 0,
                                         .lifeline = {opened->lifeline[0], opened->lifeline[1]}},
                        config);
}

static int rehearse(struct belongings *all, struct trial *trial)
{
    int status;

    lifetime_rehearse(all);
    status = trial_run(trial);
    start_undo(all->table);
    return status;
}

int main(int argc, char **argv)
{
    static struct key key;
    static struct bell bell;
    static struct web web;
    static struct config_file file = {.directory = -1};
    static struct config config; /* static, because it owns the text of the file to the end */
    struct service service;
    struct listener listener, web_listener;
    struct table table;
    struct inbox inbox;
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
    struct opened opened = {.rehearses = false};
    struct confinement confinement;
    struct trial trial;
    char error[512];

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
    opened.rehearses = config.check_confinement || config.check_config;
    open_all(&all, &opened, argv);
    become_user(&all);
    if (config.check_config)
        return config_check(&config, &inbox, &opened.clerk);
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
        start_begin_trial(&trial, &config, service.share, &opened.successor.program);
    if (config.daemon && background_begin() != 0)
        start_die(EXIT_FAILURE, "cannot go into the background: %s", strerror(errno));
    make_room(&all, &opened, &confinement.runtime);
    if (!config.check_confinement)
        start_start_clerk(all.parent, &config, &opened.clerk, opened.journal);
    logging_begin(&config, &table);
    start_warn_of_settings(&reload, listener.inherited, web_listener.inherited);
    start_warn_of_limits(&config, service.web != NULL);
    start_confine(&confinement, &table, &all.parent->successor);
    return config.check_confinement ? rehearse(&all, &trial) : serve(&all);
}
