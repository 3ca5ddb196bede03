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
#include "client/settings.h"
#include "server/wire/descriptors.h"

enum { EXIT_USAGE = 2 };

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

/* Has the user choose a name where the command needs one, and has a file to hand in: `name`, for as
 * long as the settings are used. False: *error is one line. */
static bool choose_name(struct settings *settings, const struct command_call *call,
                        char name[PROTOCOL_NAME_MAX + 1], char *error, size_t size)
{
    const char *unreadable;

    if (call->command == NULL || !commands_need_name(call->command) || settings->nick[0] != '\0' ||
        settings->anonymous)
        return true;
    unreadable = put_unreadable(call->operands);
    if (unreadable != NULL)
        die(EXIT_FAILURE, "cannot read %s: %s", unreadable, strerror(errno));
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || nick_ask(name) != 0)
        return options_misused(&settings_table, error, size,
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
    options_help(&settings_table);
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
    return descriptors_written("rollcall") ? status : EXIT_FAILURE;
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

static volatile sig_atomic_t stopped;

/* A second signal ends the process at once. */
static void on_interrupt(int signal)
{
    (void)signal;
    stopped = 1;
}

/* Has Ctrl-C stop the transfer, which then says how far it is. */
static void expect_interrupt(struct voice *voice)
{
    const struct sigaction once = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;

    if (sigaction(SIGINT, NULL, &before) != 0 || before.sa_handler == SIG_IGN)
        return; /* it runs in the background of a script */
    (void)sigaction(SIGINT, &once, NULL);
    voice->stopped = &stopped;
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
    remote->ping_s = (unsigned)settings->ping;
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
    if (call != NULL && commands_move_files(call->command))
        expect_interrupt(&voice);
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
    if (stopped) { /* what called us learns it as if there had been no handler */
        (void)fflush(stdout);
        (void)raise(SIGINT);
    }
    return finish(status);
}

/* The first word that is no option is the command. False: *error is one line. */
static bool read_command(struct command_call *call, struct settings *settings, char **words,
                         char *error, size_t size)
{
    const struct command *command = commands_find(words[0]);

    if (command == NULL)
        return options_no_command(&settings_table, error, size, words[0],
                                  commands_nearest(words[0]));
    return commands_read(call, command, settings, words + 1, error, size);
}

/* Shows help or the version, if that is wanted. */
static bool show_help(const struct settings *settings, const struct command *command)
{
    if (settings->help && command != NULL)
        commands_usage(command);
    else if (settings->help)
        print_help();
    else if (settings->version)
        puts("rollcall " ROLLCALL_VERSION);
    return settings->help || settings->version;
}

static int refuse(const char *error)
{
    (void)fprintf(stderr, "%s\n", error);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct settings settings = settings_default();
    struct command_call call = {0};
    char **begin = argv + (argc > 0), *const *words = begin;
    char error[512], name[PROTOCOL_NAME_MAX + 1];

    (void)signal(SIGXFSZ, SIG_IGN); /* ulimit -f is an error (EFBIG), as a full disk is */
    if (descriptors_fill_standard() != 0)
        die(EXIT_FAILURE, "cannot open /dev/null: %s", strerror(errno));
    if (options_read(&settings_table, &settings, &words, error, sizeof error) == OPTIONS_WRONG)
        return refuse(error);
    begin += words - begin;
    if (show_help(&settings, NULL))
        return finish(EXIT_SUCCESS);
    if (begin[0] != NULL && !read_command(&call, &settings, begin, error, sizeof error))
        return refuse(error);
    if (show_help(&settings, call.command))
        return finish(EXIT_SUCCESS);
    if (call.command == NULL && target_is_stdout(settings.output)) {
        (void)options_misused(&settings_table, error, sizeof error,
                              "--output=- goes with get alone");
        return refuse(error);
    }
    if (!settings_complete(&settings, error, sizeof error) ||
        !choose_name(&settings, &call, name, error, sizeof error))
        return refuse(error);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    return run(&settings, call.command != NULL ? &call : NULL);
}
