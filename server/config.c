#define _POSIX_C_SOURCE 200809L

#include "server/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/protocol.h"
#include "shm/table/talk.h"

enum kind { KIND_FLAG, KIND_NUMBER, KIND_SIZE, KIND_TEXT, KIND_BINDS, KIND_NETWORKS };

static const struct setting {
    const char *name;
    char letter; /* 0: none */
    enum kind kind;
    size_t field; /* in struct config */
    unsigned long least, most;
    const char *argument, *help;
} settings[] = {
    {"port", 'p', KIND_NUMBER, offsetof(struct config, port), 0, 65535, "PORT",
     "TCP port, 0 lets the system choose (default 8000)"},
    {"bind", 'b', KIND_BINDS, offsetof(struct config, bind), 0, 0, "ADDRESS",
     "listen on this address; may be repeated (default 127.0.0.1 and ::1)"},
    {"max-clients", 'm', KIND_NUMBER, offsetof(struct config, max_clients), 1, LIMIT_CLIENTS_MOST,
     "N", "clients served at once (default 3)"},
    {"share", 'd', KIND_TEXT, offsetof(struct config, share), 0, 0, "DIR",
     "directory to hand files out of (default the current one)"},
    {"inbox", 'i', KIND_TEXT, offsetof(struct config, inbox), 0, 0, "DIR",
     "directory for what clients hand in (default none: nothing can be)"},
    {"inbox-file", 0, KIND_SIZE, offsetof(struct config, inbox_limits.file), 0, 0, "SIZE",
     "bytes of a file handed in (default 1G; K, M, G, T are powers of 1024)"},
    {"inbox-client", 0, KIND_SIZE, offsetof(struct config, inbox_limits.client), 0, 0, "SIZE",
     "bytes of all that a client hands in (default 2G)"},
    {"inbox-total", 0, KIND_SIZE, offsetof(struct config, inbox_limits.total), 0, 0, "SIZE",
     "bytes of all that is handed in (default 50G)"},
    {"inbox-free", 0, KIND_SIZE, offsetof(struct config, inbox_limits.free), 0, 0, "SIZE",
     "bytes that stay free on the inbox's disk (default 256M)"},
    {"inbox-files", 0, KIND_NUMBER, offsetof(struct config, inbox_limits.files), 1, 1000000, "N",
     "files of a client, earlier versions included (default 1000)"},
    {"name", 'n', KIND_TEXT, offsetof(struct config, name), 0, 0, "NAME",
     "the room's name, for rollcallctl and a second daemon (default main)"},
    {"earlier", 0, KIND_NUMBER, offsetof(struct config, earlier), 0, MESSAGES_EARLIER, "N",
     "of the last lines, shown to who joins (default 64; 0 for none)"},
    {"runtime", 0, KIND_TEXT, offsetof(struct config, runtime), 0, 0, "DIR",
     "directory for the room's sockets (default /tmp/rollcall-UID, or the service's own)"},
    {"allow", 0, KIND_NETWORKS, offsetof(struct config, admission.allow), 0, 0, "NETWORK",
     "who may connect, as 192.168.1.0/24; may be repeated (default everybody)"},
    {"deny", 0, KIND_NETWORKS, offsetof(struct config, admission.deny), 0, 0, "NETWORK",
     "who may not, even if allowed; may be repeated"},
    {"exempt", 0, KIND_NETWORKS, offsetof(struct config, admission.exempt), 0, 0, "NETWORK",
     "whose addresses are not counted; may be repeated (default 127.0.0.0/8 and ::1)"},
    {"per-address", 0, KIND_NUMBER, offsetof(struct config, admission.per_address), 0,
     LIMIT_CLIENTS_MOST, "N", "clients from one address (default 16; 0 for any number)"},
    {"address-rate", 0, KIND_NUMBER, offsetof(struct config, admission.address_rate), 0,
     LIMIT_RATE_MOST, "N", "connections a second from one address (default 20; 0 for any)"},
    {"connection-rate", 0, KIND_NUMBER, offsetof(struct config, admission.rate), 0, LIMIT_RATE_MOST,
     "N", "connections a second from all (default 0, any number)"},
    {"request-rate", 0, KIND_SIZE, offsetof(struct config, session.request_rate), 0, 0, "SIZE",
     "bytes of requests a second from one client (default 1M; 0 for any)"},
    {"line-time", 0, KIND_NUMBER, offsetof(struct config, session.line_s), 0, LIMIT_SECONDS_MOST,
     "SECONDS", "to end a line that was begun (default 60; 0 for any time)"},
    {"idle-limit", 0, KIND_NUMBER, offsetof(struct config, session.idle_s), 0, LIMIT_SECONDS_MOST,
     "SECONDS", "without a request (default 0, any time)"},
    {"min-rate", 0, KIND_SIZE, offsetof(struct config, session.min_rate), 0, 0, "SIZE",
     "bytes a second that a client takes or sends when it should (default 256)"},
    {"patience", 0, KIND_NUMBER, offsetof(struct config, session.patience_s), 1, LIMIT_SECONDS_MOST,
     "SECONDS", "over which that is measured (default 60)"},
    {"keepalive", 0, KIND_NUMBER, offsetof(struct config, keepalive), 0, LIMIT_SECONDS_MOST,
     "SECONDS", "of silence before TCP asks whether the client is there (default 60)"},
    {"key-file", 0, KIND_TEXT, offsetof(struct config, key_file), 0, 0, "FILE",
     "whoever connects must know the key in it (default none)"},
    {"log", 0, KIND_TEXT, offsetof(struct config, log), 0, 0, "WHERE",
     "stderr or syslog (default stderr; syslog with --daemon)"},
    {"daemon", 'D', KIND_FLAG, offsetof(struct config, daemon), 0, 0, NULL,
     "run in the background; needs --share"},
    {"user", 'u', KIND_TEXT, offsetof(struct config, user), 0, 0, "NAME",
     "started as root: whom to become (default rollcall, or nobody)"},
    {"check-confinement", 0, KIND_FLAG, offsetof(struct config, check_confinement), 0, 0, NULL,
     "try what a handler must not be able to do, and exit"},
    {"help", 'h', KIND_FLAG, offsetof(struct config, help), 0, 0, NULL, "show this and exit"},
    {"version", 'V', KIND_FLAG, offsetof(struct config, version), 0, 0, NULL,
     "show the version and exit"},
};

#define SETTINGS (sizeof settings / sizeof settings[0])

struct problem {
    char *text;
    size_t size;
};

static bool complain(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(struct problem *problem, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(problem->text, problem->size, format, arguments);
    va_end(arguments);
    return false;
}

static const struct setting *find_long(const char *name, size_t length)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].name) == length && memcmp(settings[i].name, name, length) == 0)
            return &settings[i];
    return NULL;
}

static const struct setting *find_short(char letter)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].letter != 0 && settings[i].letter == letter)
            return &settings[i];
    return NULL;
}

static bool set_number(const struct setting *setting, unsigned long *to, const char *value,
                       struct problem *problem)
{
    size_t digits = strspn(value, "0123456789");
    unsigned long number = digits > 0 && digits <= 9 ? strtoul(value, NULL, 10) : 0;

    if (digits == 0 || digits > 9 || value[digits] != '\0' || number < setting->least ||
        number > setting->most)
        return complain(problem, "--%s '%s': expected a number from %lu to %lu", setting->name,
                        value, setting->least, setting->most);
    *to = number;
    return true;
}

/* "512", "64K", "20M": a number of bytes in powers of 1024. */
static bool set_size(const struct setting *setting, uint64_t *to, const char *value,
                     struct problem *problem)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(value, "0123456789");
    const char *unit = value[digits] != '\0' ? strchr(units, value[digits]) : NULL;
    bool good = digits >= 1 && digits <= 9 &&
                (value[digits] == '\0' || (unit != NULL && value[digits + 1] == '\0'));
    uint64_t size = good ? strtoul(value, NULL, 10) : 0;

    for (; unit != NULL && unit >= units && good; unit--) {
        good = size <= INT64_MAX / 1024;
        size *= 1024;
    }
    if (!good)
        return complain(problem,
                        "--%s '%s': expected a number of bytes, as 500M; up to nine digits and K, "
                        "M, G or T, below 8388608T",
                        setting->name, value);
    *to = size;
    return true;
}

static bool add_network(const struct setting *setting, struct networks *to, const char *value,
                        struct problem *problem)
{
    if (to->count == LIMIT_NETWORKS)
        return complain(problem, "--%s: at most %d of them", setting->name, LIMIT_NETWORKS);
    if (!network_parse(value, &to->network[to->count]))
        return complain(
            problem, "--%s '%s': expected a network, as 192.168.1.0/24 or fd00::/8, or an address",
            setting->name, value);
    to->count++;
    return true;
}

static bool apply(struct config *config, const struct setting *setting, const char *value,
                  struct problem *problem)
{
    void *field = (char *)config + setting->field;

    if (setting->kind != KIND_FLAG && value[0] == '\0')
        return complain(problem, "--%s: expected a %s, not nothing", setting->name,
                        setting->argument);
    switch (setting->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return true;
    case KIND_NUMBER:
        return set_number(setting, field, value, problem);
    case KIND_SIZE:
        return set_size(setting, field, value, problem);
    case KIND_TEXT:
        *(const char **)field = value;
        return true;
    case KIND_NETWORKS:
        return add_network(setting, field, value, problem);
    case KIND_BINDS:
        if (config->binds == LIMIT_BINDS)
            return complain(problem, "--%s: at most %d of them", setting->name, LIMIT_BINDS);
        config->bind[config->binds++] = value;
        return true;
    }
    return false;
}

/* A word that begins with one '-': letters, of which the last may want a value. */
static bool parse_short(struct config *config, char *const *argv, int *i, struct problem *problem)
{
    for (const char *letter = argv[*i] + 1; *letter != '\0'; letter++) {
        const struct setting *setting = find_short(*letter);

        if (setting == NULL)
            return complain(problem, "unknown option '%s'; see 'rollcalld --help'", argv[*i]);
        if (setting->kind == KIND_FLAG) {
            apply(config, setting, "", problem);
            continue;
        }
        if (letter[1] != '\0')
            return apply(config, setting, letter + 1, problem);
        if (argv[*i + 1] == NULL)
            return complain(problem, "-%c: expected a %s after it", *letter, setting->argument);
        return apply(config, setting, argv[++*i], problem);
    }
    return true;
}

static bool parse_long(struct config *config, char *const *argv, int *i, struct problem *problem)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    const struct setting *setting =
        find_long(name, equals ? (size_t)(equals - name) : strlen(name));

    if (setting == NULL)
        return complain(problem, "unknown option '%s'; see 'rollcalld --help'", argv[*i]);
    if (setting->kind == KIND_FLAG) {
        if (equals != NULL)
            return complain(problem, "--%s takes no value", setting->name);
        return apply(config, setting, "", problem);
    }
    if (equals != NULL)
        return apply(config, setting, equals + 1, problem);
    if (argv[*i + 1] == NULL)
        return complain(problem, "--%s: expected a %s after it", setting->name, setting->argument);
    return apply(config, setting, argv[++*i], problem);
}

/* Everybody on this machine has the same address. */
static void exempt_loopback(struct networks *exempt)
{
    (void)network_parse("127.0.0.0/8", &exempt->network[0]);
    (void)network_parse("::1", &exempt->network[1]);
    exempt->count = 2;
}

bool config_parse(struct config *config, int argc, char *const *argv, char *error, size_t size)
{
    struct problem problem = {error, size};

    *config = (struct config){
        .port = PROTOCOL_PORT,
        .max_clients = LIMIT_CLIENTS,
        .name = "main",
        .earlier = LIMIT_EARLIER,
        .inbox_limits = {.file = LIMIT_INBOX_FILE,
                         .client = LIMIT_INBOX_CLIENT,
                         .total = LIMIT_INBOX_TOTAL,
                         .free = LIMIT_INBOX_FREE,
                         .files = LIMIT_INBOX_FILES},
        .admission = {.per_address = LIMIT_PER_ADDRESS, .address_rate = LIMIT_ADDRESS_RATE},
        .session = {.request_rate = LIMIT_REQUEST_RATE,
                    .line_s = LIMIT_LINE_S,
                    .min_rate = LIMIT_MIN_RATE,
                    .patience_s = LIMIT_PATIENCE_S},
        .keepalive = LIMIT_KEEPALIVE_S};
    for (int i = 1; i < argc; i++) {
        bool ok;

        if (argv[i][0] == '-' && argv[i][1] == '-' && argv[i][2] != '\0')
            ok = parse_long(config, argv, &i, &problem);
        else if (argv[i][0] == '-' && argv[i][1] != '-' && argv[i][1] != '\0')
            ok = parse_short(config, argv, &i, &problem);
        else
            ok = complain(&problem, "unexpected argument '%s'; see 'rollcalld --help'", argv[i]);
        if (!ok)
            return false;
    }
    if (!table_room_valid(config->name))
        return complain(&problem,
                        "--name '%s': expected 1 to %d letters, digits, '-', '_' or '.', the first "
                        "no '.'",
                        config->name, TABLE_ROOM_MAX);
    if (config->log != NULL && strcmp(config->log, "stderr") != 0 &&
        strcmp(config->log, "syslog") != 0)
        return complain(&problem, "--log '%s': expected stderr or syslog", config->log);
    if (config->daemon && config->log != NULL && strcmp(config->log, "stderr") == 0)
        return complain(&problem, "--daemon has no stderr: expected --log syslog");
    if (config->admission.exempt.count == 0)
        exempt_loopback(&config->admission.exempt);
    if (config->log == NULL)
        config->log = config->daemon ? "syslog" : "stderr";
    if (config->daemon && config->share == NULL)
        return complain(&problem, "--daemon needs --share DIR: name the directory to hand out");
    return true;
}

void config_help(void)
{
    printf("usage: rollcalld [OPTION...]\n"
           "Who is here, what they say and the files they fetch: a server for one room.\n\n");
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        char left[48];

        (void)snprintf(left, sizeof left, "--%s%s%s", setting->name, setting->argument ? " " : "",
                       setting->argument ? setting->argument : "");
        if (setting->letter != 0)
            printf("  -%c, %-22s %s\n", setting->letter, left, setting->help);
        else
            printf("      %-22s %s\n", left, setting->help);
    }
}
