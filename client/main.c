/* rollcall: the client. Options, the connection, and the exit status. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/chat/chat.h"
#include "client/commands.h"
#include "client/link/connect.h"
#include "client/link/hello.h"
#include "client/link/nick.h"
#include "client/plain.h"
#include "server/wire/descriptors.h"
#include "server/wire/options.h"

enum { EXIT_USAGE = 2 };

#define RETRIES      5    /* by default */
#define RETRIES_MOST 1000 /* in a setting */

struct settings {
    const char *host, *key_file, *nick, *output, *color; /* NULL: not given */
    unsigned long port;                                  /* 0: not given */
    unsigned long retries;
    unsigned long wait; /* seconds for a place; 0: the room's being full is an error */
    bool force, anonymous, no_progress, quiet, plain, no_timestamps, no_bell, help, version;
};

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
    {"nick", 'n', "NAME", "use the name NAME (default $ROLLCALL_NICK, or what the server gives)",
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

static const struct option_table table = {"rollcall", rows, sizeof rows / sizeof rows[0]};

__attribute__((noreturn, format(printf, 2, 3))) static void die(int status, const char *format, ...)
{
    va_list arguments;

    (void)fflush(stdout);
    fputs("rollcall: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* ---- options */

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

/* Sets what no option has set, from the environment or to the default. False: *error is one line.
 * */
static bool complete(struct settings *settings, char *error, size_t size)
{
    if ((settings->host == NULL &&
         !options_from_environment(&table, settings, "host", "ROLLCALL_HOST", error, size)) ||
        (settings->port == 0 &&
         !options_from_environment(&table, settings, "port", "ROLLCALL_PORT", error, size)) ||
        (settings->key_file == NULL &&
         !options_from_environment(&table, settings, "key-file", "ROLLCALL_KEY_FILE", error,
                                   size)) ||
        (settings->nick == NULL && !settings->anonymous &&
         !options_from_environment(&table, settings, "nick", "ROLLCALL_NICK", error, size)))
        return false;
    if (settings->nick != NULL && settings->anonymous)
        return options_misused(&table, error, size, "expected --nick or --anonymous, not both");
    if (settings->host == NULL)
        settings->host = "localhost";
    if (settings->port == 0)
        settings->port = PROTOCOL_PORT;
    if (settings->nick == NULL)
        settings->nick = "";
    return true;
}

/* Has the user choose a name where the command needs one: `name`, for as long as the settings are
 * used. False: *error is one line. */
static bool choose_name(struct settings *settings, const struct command *command,
                        char name[PROTOCOL_NAME_MAX + 1], char *error, size_t size)
{
    if (command == NULL || !commands_need_name(command) || settings->nick[0] != '\0' ||
        settings->anonymous)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || nick_ask(name) != 0)
        return options_misused(&table, error, size,
                               "put: expected --nick NAME, or --anonymous for no name of your own");
    settings->nick = name;
    return true;
}

static void print_help(void)
{
    puts("usage: rollcall [OPTION...] [COMMAND [ARG...]]\n"
         "Connects to a rollcalld: presence, messages, files.\n");
    commands_help();
    puts("Options");
    options_help(&table);
}

/* ---- the session */

static bool always(void *context, const char *path)
{
    (void)context;
    (void)path;
    return true;
}

static int finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        die(EXIT_FAILURE, "cannot write the output: %s", strerror(errno));
    return status;
}

static void read_key_or_die(struct key *key, const char *path)
{
    char error[512];

    if (key_read(key, path) == 0)
        return;
    key_explain(path, error, sizeof error);
    die(EXIT_FAILURE, "%s", error);
}

static bool wants_color(const struct settings *settings)
{
    const char *none = getenv("NO_COLOR");

    if (settings->color == NULL || strcmp(settings->color, "auto") == 0)
        return none == NULL || none[0] == '\0';
    return strcmp(settings->color, "always") == 0;
}

/* call: NULL without a command. */
static struct voice voice_of(const struct settings *settings, const struct command_call *call)
{
    return (struct voice){.quiet = settings->quiet,
                          .timestamps = !settings->no_timestamps,
                          .progress = !settings->no_progress && isatty(STDERR_FILENO),
                          .interactive = call == NULL && isatty(STDIN_FILENO)};
}

static void connect_or_die(struct remote *remote, const struct settings *settings,
                           struct voice *voice)
{
    static bool drawn;
    static char port[sizeof "65535"]; /* kept to connect again */
    char error[512];

    voice->drawn = &drawn;
    remote->wait = voice_wait;
    remote->context = voice;
    remote->retries = (unsigned)settings->retries;
    if (settings->key_file != NULL)
        read_key_or_die(&remote->key, settings->key_file);
    (void)snprintf(port, sizeof port, "%hu", (unsigned short)settings->port);
    if (connect_to(remote, settings->host, port, error, sizeof error) != 0)
        die(EXIT_FAILURE, "%s", error);
    voice_say(voice, "Connected to %s on port %s", settings->host, port);
}

static int run(const struct settings *settings, const struct command_call *call)
{
    static struct remote remote;
    struct voice voice = voice_of(settings, call);
    struct download_options download = {.output = settings->output};
    const bool chats = voice.interactive && !settings->plain && isatty(STDOUT_FILENO);
    const struct chat_options chat_options = {.nick = settings->nick,
                                              .timestamps = !settings->no_timestamps,
                                              .bell = !settings->no_bell,
                                              .color = wants_color(settings)};
    int status;

    remote.anonymous = settings->anonymous;
    if (settings->force)
        download.overwrite = always;
    connect_or_die(&remote, settings, &voice);
    if (hello_enter(&remote, &voice, settings->wait) != ANSWER_DONE) {
        remote_close(&remote);
        return finish(EXIT_FAILURE);
    }
    voice_say(&voice, "Enter %s", remote.name);
    if (chats)
        status = chat_run(&remote, &voice, &download, &chat_options);
    else if (settings->nick[0] != '\0' &&
             hello_name(&remote, &voice, settings->nick) != ANSWER_DONE)
        status = EXIT_FAILURE;
    else if (call != NULL)
        status = commands_run(call, &remote, &voice, &download);
    else
        status = plain_run(&remote, &voice, &download, false);
    remote_close(&remote);
    return finish(status);
}

/* The first word that is no option is the command, and what follows belongs to it. False: *error is
 * one line. */
static bool read_command(struct command_call *call, char *const *words, const char *output,
                         char *error, size_t size)
{
    const struct command *command = commands_find(words[0]);

    if (command == NULL)
        return options_misused(&table, error, size, "%s: no such command", words[0]);
    return commands_read(call, command, words + 1, output, error, size);
}

static int refuse(const char *error)
{
    (void)fprintf(stderr, "%s\n", error);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct settings settings = {.retries = RETRIES};
    struct command_call call = {0};
    char *const *words = argv + (argc > 0);
    char error[512], name[PROTOCOL_NAME_MAX + 1];

    (void)signal(SIGXFSZ, SIG_IGN); /* ulimit -f is an error (EFBIG), as a full disk is */
    if (descriptors_fill_standard() != 0)
        die(EXIT_FAILURE, "cannot open /dev/null: %s", strerror(errno));
    if (options_read(&table, &settings, &words, error, sizeof error) == OPTIONS_WRONG)
        return refuse(error);
    if (settings.help || settings.version) {
        if (settings.help)
            print_help();
        else
            puts("rollcall " ROLLCALL_VERSION);
        return finish(EXIT_SUCCESS);
    }
    if (words[0] != NULL && !read_command(&call, words, settings.output, error, sizeof error))
        return refuse(error);
    if (call.help) {
        commands_usage(call.command);
        return finish(EXIT_SUCCESS);
    }
    if (call.command == NULL && target_is_stdout(settings.output)) {
        (void)options_misused(&table, error, sizeof error, "--output=- goes with get alone");
        return refuse(error);
    }
    if (!complete(&settings, error, sizeof error) ||
        !choose_name(&settings, call.command, name, error, sizeof error))
        return refuse(error);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    return run(&settings, call.command != NULL ? &call : NULL);
}
