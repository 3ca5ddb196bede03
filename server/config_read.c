#define _POSIX_C_SOURCE 200809L

#include "server/config_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config_file.h"
#include "server/wire/protocol.h"
#include "server/wire/settings.h"

/* All users of this machine have the same address. */
static void exempt_loopback(struct networks *exempt)
{
    (void)network_parse("127.0.0.0/8", &exempt->network[0]);
    (void)network_parse("::1", &exempt->network[1]);
    exempt->count = 2;
}

static bool read_words(struct config *config, int argc, char *const *argv, char *error, size_t size)
{
    char *const *words = argv + (argc > 0);

    if (options_read(&config_table, config, &words, error, size) == OPTIONS_WRONG)
        return false;
    return *words == NULL ||
           options_misused(&config_table, error, size, "unexpected argument '%s'", *words);
}

/* What depends on several settings. */
static bool complete(struct config *config, char *error, size_t size)
{
    config->port_named = config->port != CONFIG_NO_PORT;
    if (!config->port_named)
        config->port = PROTOCOL_PORT;
    if (config->help || config->version)
        return true;
    if (config->daemon && config->log != NULL && strcmp(config->log, "stderr") == 0)
        return options_wrong(&config_table, error, size,
                             "--daemon has no stderr: expected --log syslog or --log FILE");
    if (config->daemon && config->share == NULL)
        return options_wrong(&config_table, error, size,
                             "--daemon needs --share DIR: name the directory to hand out");
    if (config->admission.exempt.count == 0)
        exempt_loopback(&config->admission.exempt);
    if (config->log == NULL)
        config->log = config->daemon ? "syslog" : "stderr";
    return true;
}

/* A list on the command line replaces that of the file, as any other setting does. */
static void drop_replaced(struct config *config, const struct config *words)
{
    for (size_t i = 0; i < config_table.count; i++)
        if (config_table.rows[i].kind == OPTION_IS_LIST &&
            *(const size_t *)(const void *)((const char *)words + config_table.rows[i].field) > 0)
            *(size_t *)(void *)((char *)config + config_table.rows[i].field) = 0;
}

bool config_parse_text(struct config *config, const char *path, char *text, size_t length, int argc,
                       char *const *argv, char *error, size_t size)
{
    struct config words = config_defaults;

    *config = config_defaults;
    if (!read_words(&words, argc, argv, error, size) ||
        !settings_read(&config_table, config, path, text, length, error, size))
        return false;
    drop_replaced(config, &words);
    return read_words(config, argc, argv, error, size) && complete(config, error, size);
}

/* Returns the text of the file, or NULL and *error. */
static char *read_file(const struct config_file *file, const char *path, size_t *length,
                       char *error, size_t size)
{
    struct config_file here = {.directory = -1};
    char why[512], *text = NULL;

    if (file == NULL && config_file_open(&here, path, why, sizeof why))
        file = &here;
    if (file != NULL)
        text = config_file_read(file, length, why, sizeof why);
    if (here.directory >= 0)
        close(here.directory);
    if (text == NULL)
        (void)options_wrong(&config_table, error, size, "%s", why);
    return text;
}

bool config_parse(struct config *config, const struct config_file *file, int argc,
                  char *const *argv, char *error, size_t size)
{
    const char *path;
    size_t length;
    char *text;

    *config = config_defaults;
    if (!read_words(config, argc, argv, error, size))
        return false;
    path = config->file;
    if (path == NULL || config->help || config->version)
        return complete(config, error, size);
    text = read_file(file, path, &length, error, size);
    if (text == NULL)
        return false;
    if (config_parse_text(config, path, text, length, argc, argv, error, size)) {
        config->text = text;
        return true;
    }
    free(text);
    return false;
}

void config_free(struct config *config)
{
    free(config->text);
    config->text = NULL;
}

void config_take(struct config *running, const struct config *fresh, char *others, size_t size)
{
    size_t used = 0;

    others[0] = '\0';
    for (size_t i = 0; i < config_table.count && used < size; i++)
        if (!config_table.rows[i].live && !config_table.rows[i].words_only &&
            !settings_same(&config_table.rows[i], running, fresh))
            used += (size_t)snprintf(others + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     config_table.rows[i].name);
    running->max_clients = fresh->max_clients;
    running->inbox_limits = fresh->inbox_limits;
    running->admission = fresh->admission;
    running->session = fresh->session;
    running->keepalive = fresh->keepalive;
    running->earlier = fresh->earlier;
}

void config_print(const struct config *config)
{
    settings_print(&config_table, config, stdout);
}

void config_help(void)
{
    printf("usage: rollcalld [OPTION...]\n"
           "A server for one room: presence, messages, files.\n\n");
    options_help(&config_table);
}
