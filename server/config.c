#define _POSIX_C_SOURCE 200809L

#include "server/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/system/platform.h"
#include "server/web/host.h"
#include "server/wire/options.h"
#include "server/wire/protocol.h"
#include "shm/table/types.h"

static option_set add_address, add_network, add_web, add_web_host, set_log, set_user;
static option_show show_address, show_network;

#define FLAG(field)                 OPTION_FLAG(struct config, field)
#define TEXT(field)                 OPTION_TEXT(struct config, field)
#define NUMBER(field, least, most)  OPTION_NUMBER(struct config, field, least, most)
#define SECONDS(field, least, most) OPTION_SECONDS(struct config, field, least, most)
#define BYTES(field)                OPTION_BYTES(struct config, field)
#define SPECIAL(field, set)         OPTION_SPECIAL(struct config, field, set)
#define LIST(field, set, show)      OPTION_LIST(struct config, field, set, show)
#define LIVE                        .live = true
#define WORDS                       .words_only = true

/* Each limit's help says what 0 means, because that differs. LIVE: config_take knows it, and what
 * it does to a running daemon (server/parent/reload.c); all others need a restart. */
static const struct option rows[] = {
    {"port", 'p', "PORT", "TCP port; 0 lets the system choose (default 8000)",
     NUMBER(port, 0, 65535)},
    {"bind", 'b', "ADDRESS", "listen on this address; may be repeated (default 127.0.0.1 and ::1)",
     LIST(bind, add_address, show_address)},
    {"web", 0, "ADDRESS:PORT",
     "serve the page for browsers here, as 0.0.0.0:8080 or [::]:8080, or PORT for this machine "
     "alone; may be repeated (default none)",
     LIST(web, add_web, show_address)},
    {"web-host", 0, "NAME",
     "name by which browsers reach the page, beside this machine's own; may be repeated",
     LIST(web_hosts, add_web_host, show_address)},
    {"max-clients", 'm', "N", "clients served at once, at least 1 (default 3)",
     NUMBER(max_clients, 1, LIMIT_CLIENTS_MOST), LIVE},
    {"share", 'd', "DIR", "directory to hand files out of (default the current one)", TEXT(share)},
    {"inbox", 'i', "DIR", "directory for hand-ins (default none: clients cannot hand in files)",
     TEXT(inbox)},
    {"inbox-file", 0, "SIZE",
     "bytes of a file handed in (default 1G; K, M, G, T are powers of 1024; 0 takes empty files "
     "only)",
     BYTES(inbox_limits.file), LIVE},
    {"inbox-client", 0, "SIZE",
     "bytes of all hand-ins of one client (default 2G; 0 takes empty files only)",
     BYTES(inbox_limits.client), LIVE},
    {"inbox-total", 0, "SIZE", "bytes of all hand-ins (default 50G; 0 takes empty files only)",
     BYTES(inbox_limits.total), LIVE},
    {"inbox-free", 0, "SIZE",
     "bytes that stay free on the inbox's disk (default 256M; 0 disables the limit)",
     BYTES(inbox_limits.free), LIVE},
    {"inbox-files", 0, "N",
     "files of a client, earlier versions included, at least 1 (default 1000)",
     NUMBER(inbox_limits.files, 1, 1000000), LIVE},
    {"inbox-parts", 0, "SECONDS",
     "time for which the part of a hand-in that broke off is kept, so that it can go on (default "
     "86400; 0 keeps none)",
     SECONDS(inbox_limits.parts, 0, LIMIT_DAYS_MOST), LIVE},
    {"name", 'n', "NAME", "the room's name, for rollcallctl and a second daemon (default main)",
     SPECIAL(name, table_room_set)},
    {"earlier", 0, "N", "earlier messages shown to a client that joins (default 64; 0 keeps none)",
     NUMBER(earlier, 0, MESSAGES_EARLIER), LIVE},
    {"runtime", 0, "DIR",
     "directory for the room's sockets (default /tmp/rollcall-UID, or the service's own)",
     TEXT(runtime)},
    {"allow", 0, "NETWORK",
     "network whose clients may connect, as 192.168.1.0/24; may be repeated (default all)",
     LIST(admission.allow, add_network, show_network), LIVE},
    {"deny", 0, "NETWORK",
     "network whose clients may not connect, even if allowed; may be repeated",
     LIST(admission.deny, add_network, show_network), LIVE},
    {"exempt", 0, "NETWORK",
     "network without limits by address; may be repeated (default 127.0.0.0/8 and ::1)",
     LIST(admission.exempt, add_network, show_network), LIVE},
    {"proxy", 0, "NETWORK",
     "network of proxies, which must say with the PROXY protocol whose connection they pass on; "
     "may "
     "be repeated (default none)",
     LIST(admission.proxies, add_network, show_network), LIVE},
    {"per-address", 0, "N", "clients from one address (default 16; 0 disables the limit)",
     NUMBER(admission.per_address, 0, LIMIT_CLIENTS_MOST), LIVE},
    {"address-rate", 0, "N",
     "connections a second from one address (default 20; 0 disables the limit)",
     NUMBER(admission.address_rate, 0, LIMIT_RATE_MOST), LIVE},
    {"connection-rate", 0, "N",
     "connections a second from all addresses (default 0, which disables the limit)",
     NUMBER(admission.rate, 0, LIMIT_RATE_MOST), LIVE},
    {"request-rate", 0, "SIZE",
     "bytes of requests a second from one client (default 1M; 0 disables the limit)",
     BYTES(session.request_rate), LIVE},
    {"line-time", 0, "SECONDS",
     "time for a client to finish a line (default 60; 0 disables the limit)",
     SECONDS(session.line_s, 0, LIMIT_SECONDS_MOST), LIVE},
    {"idle-limit", 0, "SECONDS",
     "time a client may send no request (default 0, which disables the limit)",
     SECONDS(session.idle_s, 0, LIMIT_SECONDS_MOST), LIVE},
    {"min-rate", 0, "SIZE",
     "bytes a second that a client must receive or send while a file or a reply moves (default "
     "256; "
     "with 0, one byte within --patience is enough)",
     BYTES(session.min_rate), LIVE},
    {"patience", 0, "SECONDS", "time over which --min-rate is measured, at least 1 (default 60)",
     SECONDS(session.patience_s, 1, LIMIT_SECONDS_MOST), LIVE},
    {"keepalive", 0, "SECONDS",
     "silence before TCP probes a client (default 60; 0 disables the probes)",
     SECONDS(keepalive, 0, LIMIT_SECONDS_MOST), LIVE},
    {"key-file", 0, "FILE", "clients must know the key in FILE (default none: no key)",
     TEXT(key_file)},
    {"journal", 0, "FILE",
     "where to record who was here, and what was fetched and handed in (default nowhere)",
     TEXT(journal)},
    {"log", 0, "WHERE",
     "stderr, syslog, or a file with a '/' in its path (default stderr; syslog with --daemon)",
     SPECIAL(log, set_log)},
    {"daemon", 'D', NULL, "run in the background; needs --share", FLAG(daemon)},
    {"user", 'u', "NAME", "started as root: the user to become (default rollcall, or nobody)",
     SPECIAL(user, set_user)},
    {"group-access", 0, NULL,
     "members of the daemon's group may use rollcallctl and read what is handed in",
     FLAG(group_access)},
    {"check-confinement", 0, NULL, "try everything that a handler must not be able to do, and exit",
     FLAG(check_confinement), WORDS},
    {"config", 0, "FILE",
     "read settings from FILE, one 'NAME VALUE' a line; options here replace those (default: no "
     "file)",
     TEXT(file), WORDS},
    {"check-config", 0, NULL, "check all settings, and what they name, and exit",
     FLAG(check_config), WORDS},
    {"print-config", 0, NULL, "print all settings, as FILE may have them, and exit",
     FLAG(print_config), WORDS},
    {"help", 'h', NULL, "show this and exit", FLAG(help), WORDS},
    {"version", 'V', NULL, "show the version and exit", FLAG(version), WORDS},
};

const struct option_table config_table = {"rollcalld", rows, sizeof rows / sizeof rows[0]};

/* ---- values: each function checks one, and on failure says what was expected */

static bool is_one_more(const struct addresses *list, size_t most, char *expected, size_t size)
{
    if (list->count < most)
        return true;
    (void)snprintf(expected, size, "at most %zu of them", most);
    return false;
}

/* A numeric address. Whether this machine has it is seen when the server listens. */
static bool add_address(void *field, const char *value, char *expected, size_t size)
{
    struct addresses *to = field;
    const char *scope;
    struct peer peer;
    size_t length;

    if (!is_one_more(to, LIMIT_BINDS, expected, size))
        return false;
    if (!network_address(value, &peer, &scope, &length)) {
        (void)snprintf(expected, size, "a numeric IPv4 or IPv6 address, as 192.168.1.7 or ::1");
        return false;
    }
    to->text[to->count++] = value;
    return true;
}

bool config_web_address(const char *value, char address[CONFIG_ADDRESS_SIZE], unsigned *port)
{
    const char *colon = strrchr(value, ':'), *scope;
    size_t length = colon ? (size_t)(colon - value) : 0, scope_length;
    uint64_t number;
    struct peer peer;

    if (length >= CONFIG_ADDRESS_SIZE ||
        !protocol_parse_number(colon ? colon + 1 : value, &number) || number > 65535)
        return false;
    memcpy(address, value, length);
    address[length] = '\0';
    *port = (unsigned)number;
    return colon == NULL || (network_address(address, &peer, &scope, &scope_length) &&
                             (peer.family == 4 || value[0] == '['));
}

static bool add_web(void *field, const char *value, char *expected, size_t size)
{
    struct addresses *to = field;
    char address[CONFIG_ADDRESS_SIZE];
    unsigned port;

    if (!is_one_more(to, LIMIT_BINDS, expected, size))
        return false;
    if (!config_web_address(value, address, &port)) {
        (void)snprintf(expected, size,
                       "ADDRESS:PORT, as 0.0.0.0:8080 or [::]:8080, or PORT for this machine "
                       "alone");
        return false;
    }
    to->text[to->count++] = value;
    return true;
}

static bool add_web_host(void *field, const char *value, char *expected, size_t size)
{
    struct addresses *to = field;
    char name[HOST_SIZE];
    unsigned port;

    if (!is_one_more(to, LIMIT_BINDS, expected, size))
        return false;
    if (!host_parse(value, name, &port) || strchr(value, ':') != NULL) {
        (void)snprintf(expected, size, "a name without a port, as room.example.org");
        return false;
    }
    to->text[to->count++] = value;
    return true;
}

static bool add_network(void *field, const char *value, char *expected, size_t size)
{
    struct networks *to = field;

    if (to->count == LIMIT_NETWORKS) {
        (void)snprintf(expected, size, "at most %d of them", LIMIT_NETWORKS);
        return false;
    }
    if (!network_parse(value, &to->network[to->count])) {
        (void)snprintf(expected, size, "a network, as 192.168.1.0/24 or fd00::/8, or an address");
        return false;
    }
    to->count++;
    return true;
}

static void show_address(const void *field, size_t number, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", ((const struct addresses *)field)->text[number]);
}

static void show_network(const void *field, size_t number, char *text, size_t size)
{
    const struct network *network = &((const struct networks *)field)->network[number];
    struct peer peer = {.family = network->family};
    char address[PEER_TEXT];

    memcpy(peer.address, network->address, sizeof peer.address);
    peer_text(&peer, address);
    (void)snprintf(text, size, "%s/%u", address, network->bits);
}

static bool set_log(void *field, const char *value, char *expected, size_t size)
{
    const char *slash = strrchr(value, '/');

    if (slash != NULL ? slash[1] == '\0'
                      : strcmp(value, "stderr") != 0 && strcmp(value, "syslog") != 0) {
        (void)snprintf(expected, size, "stderr, syslog, or a file with a '/' in its path");
        return false;
    }
    *(const char **)field = value;
    return true;
}

static bool set_user(void *field, const char *value, char *expected, size_t size)
{
    uid_t user;
    gid_t group;

    /* a confined daemon that reloads cannot read the users; the start has */
    if (!platform_find_user(value, &user, &group) && errno == 0) {
        (void)snprintf(expected, size, "a user of this machine");
        return false;
    }
    *(const char **)field = value;
    return true;
}

const struct config config_defaults = {
    .port = CONFIG_NO_PORT,
    .max_clients = LIMIT_CLIENTS,
    .name = "main",
    .earlier = LIMIT_EARLIER,
    .inbox_limits = {.file = LIMIT_INBOX_FILE,
                     .client = LIMIT_INBOX_CLIENT,
                     .total = LIMIT_INBOX_TOTAL,
                     .free = LIMIT_INBOX_FREE,
                     .files = LIMIT_INBOX_FILES,
                     .parts = LIMIT_INBOX_PARTS_S},
    .admission = {.per_address = LIMIT_PER_ADDRESS, .address_rate = LIMIT_ADDRESS_RATE},
    .session = {.request_rate = LIMIT_REQUEST_RATE,
                .line_s = LIMIT_LINE_S,
                .min_rate = LIMIT_MIN_RATE,
                .patience_s = LIMIT_PATIENCE_S},
    .keepalive = LIMIT_KEEPALIVE_S};
