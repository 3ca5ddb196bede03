#define _POSIX_C_SOURCE 200809L

#include "client/settings.h"

#include <stdio.h>
#include <string.h>

#include "client/limits.h"
#include "server/wire/protocol.h"

#define RETRIES      5    /* by default */
#define RETRIES_MOST 1000 /* in a setting */
#define ROWS_MOST    32   /* options behind a command: its own and ours */

static option_set set_color, set_nick;

#define FLAG(field)         OPTION_FLAG(struct settings, field)
#define TEXT(field)         OPTION_TEXT(struct settings, field)
#define SPECIAL(field, set) OPTION_SPECIAL(struct settings, field, set)

static const struct option rows[] = {
    {"host", 'h', "HOST", "where rollcalld runs (default $ROLLCALL_HOST, or localhost)",
     TEXT(host)},
    {"port", 'p', "PORT", "its TCP port (default $ROLLCALL_PORT, or 8000)",
     OPTION_NUMBER(struct settings, port, 1, 65535)},
    {"key-file", 'k', "FILE",
     "read the room's key from FILE (default $ROLLCALL_KEY_FILE, or a prompt)", TEXT(key_file)},
    {"nick", 'n', "NAME",
     "use the name NAME (default $ROLLCALL_NICK; without, the server gives one, but put needs it)",
     SPECIAL(nick, set_nick)},
    {"anonymous", 0, NULL, "hand in under the name that the server gives, which others get, too",
     FLAG(anonymous)},
    {"output", 'o', "PATH",
     "where to put fetched files: a directory, or a name for one file; - is standard output",
     TEXT(output)},
    {"retries", 0, "N",
     "attempts to reconnect when a transfer is interrupted (default 5; 0: never)",
     OPTION_NUMBER(struct settings, retries, 0, RETRIES_MOST)},
    {"wait", 0, "SECONDS",
     "where the room is full, wait for a place, until there is one or so long",
     OPTION_PERHAPS(struct settings, wait, 1, TARGET_WAIT_MOST)},
    {"ping", 0, "SECONDS",
     "send a sign of life after so long without a request (default 30; 0: never)",
     OPTION_NUMBER(struct settings, ping, 0, REMOTE_PING_MOST)},
    {"force", 'f', NULL, "overwrite existing files", FLAG(force)},
    {"no-progress", 0, NULL, "show no progress of transfers on a terminal", FLAG(no_progress)},
    {"quiet", 'q', NULL, "about files, print only errors", FLAG(quiet)},
    {"plain", 0, NULL, "on a terminal: only prompt for requests, show no messages of others",
     FLAG(plain)},
    {"color", 0, "WHEN", "auto, always or never (default auto: unless $NO_COLOR is set)",
     SPECIAL(color, set_color)},
    {"no-timestamps", 0, NULL, "do not show the time at the left", FLAG(no_timestamps)},
    {"no-bell", 0, NULL, "do not ring the bell when a message mentions this client's name",
     FLAG(no_bell)},
    {"help", 0, NULL, "show this and exit", FLAG(help)},
    {"version", 'V', NULL, "show the version and exit", FLAG(version)},
};

const struct option_table settings_table = {"rollcall", rows, sizeof rows / sizeof rows[0]};

struct settings settings_default(void)
{
    return (struct settings){.retries = RETRIES, .ping = REMOTE_PING};
}

/* ---- single options */

static bool set_color(void *field, const char *value, char *expected, size_t size)
{
    if (strcmp(value, "auto") != 0 && strcmp(value, "always") != 0 && strcmp(value, "never") != 0) {
        (void)snprintf(expected, size, "auto, always or never");
        return false;
    }
    *(const char **)field = value;
    return true;
}

static bool set_nick(void *field, const char *value, char *expected, size_t size)
{
    if (!protocol_name_valid(value)) {
        (void)snprintf(expected, size, "1 to %d letters, digits, '-' and '_'",
                       PROTOCOL_NAME_LETTERS);
        return false;
    }
    *(const char **)field = value;
    return true;
}

bool settings_complete(struct settings *settings, char *error, size_t size)
{
    if ((settings->host == NULL && !options_from_environment(&settings_table, settings, "host",
                                                             "ROLLCALL_HOST", error, size)) ||
        (settings->port == 0 && !options_from_environment(&settings_table, settings, "port",
                                                          "ROLLCALL_PORT", error, size)) ||
        (settings->key_file == NULL &&
         !options_from_environment(&settings_table, settings, "key-file", "ROLLCALL_KEY_FILE",
                                   error, size)) ||
        (settings->nick == NULL && !settings->anonymous &&
         !options_from_environment(&settings_table, settings, "nick", "ROLLCALL_NICK", error,
                                   size)))
        return false;
    if (settings->nick != NULL && settings->anonymous)
        return options_misused(&settings_table, error, size,
                               "expected --nick or --anonymous, not both");
    if (settings->host == NULL)
        settings->host = "localhost";
    if (settings->port == 0)
        settings->port = PROTOCOL_PORT;
    if (settings->nick == NULL)
        settings->nick = "";
    return true;
}

/* ---- behind a command */

/* The command's own options, and ours but for --help and --version. */
static void join_rows(struct option to[ROWS_MOST], struct option_table *table)
{
    size_t count = table->count;

    memcpy(to, table->rows, count * sizeof to[0]);
    for (size_t i = 0; i < settings_table.count && count < ROWS_MOST; i++)
        if (strcmp(rows[i].name, "help") != 0 && strcmp(rows[i].name, "version") != 0)
            to[count++] = rows[i];
    table->rows = to;
    table->count = count;
}

bool settings_read_behind(struct settings *settings, const struct option_table *own, char **words,
                          char *error, size_t size)
{
    struct option joined[ROWS_MOST];
    struct option_table table = *own;
    char *const *next = words;
    enum options_read read;

    join_rows(joined, &table);
    while ((read = options_read(&table, settings, &next, error, size)) == OPTIONS_OPERAND &&
           *next != NULL)
        *words++ = *next++;
    while (*next != NULL)
        *words++ = *next++;
    *words = NULL;
    return read != OPTIONS_WRONG;
}
