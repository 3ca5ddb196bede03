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
#include "client/link/hello.h"
#include "client/plain.h"
#include "server/wire/descriptors.h"

enum { EXIT_USAGE = 2 };

struct settings {
    const char *host, *port, *key_file, *nick, *output, *retries, *color;
    bool force, no_progress, quiet, plain, no_timestamps, no_bell, help, version;
};

static const struct option {
    const char *name;
    char letter;
    const char *argument; /* NULL: a flag */
    size_t field;         /* in struct settings */
    const char *help;
} options[] = {
    {"host", 'h', "HOST", offsetof(struct settings, host),
     "where rollcalld runs (default $ROLLCALL_HOST, or localhost)"},
    {"port", 'p', "PORT", offsetof(struct settings, port),
     "its TCP port (default $ROLLCALL_PORT, or 8000)"},
    {"key-file", 'k', "FILE", offsetof(struct settings, key_file),
     "the room's key is in it (default $ROLLCALL_KEY_FILE; else it is asked for)"},
    {"nick", 'n', "NAME", offsetof(struct settings, nick),
     "be called NAME (default $ROLLCALL_NICK, or what the server gives)"},
    {"output", 'o', "PATH", offsetof(struct settings, output),
     "where fetched files go: a directory, or a name for one file"},
    {"retries", 0, "N", offsetof(struct settings, retries),
     "new connections when one is lost with a file under way (default 5)"},
    {"force", 'f', NULL, offsetof(struct settings, force), "overwrite existing files"},
    {"no-progress", 0, NULL, offsetof(struct settings, no_progress),
     "show no progress of files, also on a terminal"},
    {"quiet", 'q', NULL, offsetof(struct settings, quiet), "say of files only what is wrong"},
    {"plain", 0, NULL, offsetof(struct settings, plain),
     "on a terminal, too: a prompt, and nothing of what others say"},
    {"color", 0, "WHEN", offsetof(struct settings, color),
     "auto, always or never (default auto: not where $NO_COLOR is set)"},
    {"no-timestamps", 0, NULL, offsetof(struct settings, no_timestamps),
     "do not show the time at the left"},
    {"no-bell", 0, NULL, offsetof(struct settings, no_bell), "do not ring when one is named"},
    {"help", 0, NULL, offsetof(struct settings, help), "show this and exit"},
    {"version", 'V', NULL, offsetof(struct settings, version), "show the version and exit"},
};
#define OPTIONS (sizeof options / sizeof options[0])

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

static void set_option(struct settings *settings, const struct option *option, const char *value)
{
    void *field = (char *)settings + option->field;

    if (option->argument == NULL)
        *(bool *)field = true;
    else if (value == NULL || value[0] == '\0')
        die(EXIT_USAGE, "--%s: expected a %s after it", option->name, option->argument);
    else
        *(const char **)field = value;
}

static void take_long(struct settings *settings, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);

    for (size_t o = 0; o < OPTIONS; o++) {
        if (strlen(options[o].name) != length || strncmp(options[o].name, name, length) != 0)
            continue;
        if (options[o].argument == NULL && equals != NULL)
            die(EXIT_USAGE, "--%s takes no value", options[o].name);
        if (options[o].argument == NULL)
            set_option(settings, &options[o], NULL);
        else if (equals != NULL)
            set_option(settings, &options[o], equals + 1);
        else
            set_option(settings, &options[o], argv[*i + 1] ? argv[++*i] : NULL);
        return;
    }
    die(EXIT_USAGE, "unknown option '%s'; see 'rollcall --help'", argv[*i]);
}

static void take_short(struct settings *settings, char **argv, int *i)
{
    for (const char *letter = argv[*i] + 1; *letter != '\0'; letter++) {
        size_t o = 0;

        while (o < OPTIONS && options[o].letter != *letter)
            o++;
        if (o == OPTIONS)
            die(EXIT_USAGE, "unknown option '%s'; see 'rollcall --help'", argv[*i]);
        if (options[o].argument == NULL) {
            set_option(settings, &options[o], NULL);
            continue;
        }
        set_option(settings, &options[o],
                   letter[1] != '\0' ? letter + 1
                   : argv[*i + 1]    ? argv[++*i]
                                     : NULL);
        return;
    }
}

static unsigned parse_number(const char *what, const char *text, unsigned least, unsigned most)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long number = digits > 0 && digits <= 9 ? strtoul(text, NULL, 10) : 0;

    if (digits == 0 || digits > 9 || text[digits] != '\0' || number < least || number > most)
        die(EXIT_USAGE, "%s '%s': expected a number from %u to %u", what, text, least, most);
    return (unsigned)number;
}

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}

static void print_help(void)
{
    puts("usage: rollcall [OPTION...] [COMMAND [ARG...]]\n"
         "Talks to a rollcalld: who is here, messages, files.\n");
    commands_help();
    puts("Options");
    for (size_t i = 0; i < OPTIONS; i++) {
        char left[32];

        (void)snprintf(left, sizeof left, "--%s%s%s", options[i].name,
                       options[i].argument ? " " : "",
                       options[i].argument ? options[i].argument : "");
        if (options[i].letter != 0)
            printf("  -%c, %-15s  %s\n", options[i].letter, left, options[i].help);
        else
            printf("      %-15s  %s\n", left, options[i].help);
    }
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

    if (strcmp(settings->color, "auto") == 0)
        return none == NULL || none[0] == '\0';
    if (strcmp(settings->color, "always") != 0 && strcmp(settings->color, "never") != 0)
        die(EXIT_USAGE, "--color '%s': expected auto, always or never", settings->color);
    return strcmp(settings->color, "always") == 0;
}

static int run(const struct settings *settings, char *const *words)
{
    const struct command *command = NULL;
    static struct remote remote;
    struct voice voice = {0};
    struct download_options download = {.output = settings->output};
    const struct chat_options chat_options = {.nick = settings->nick,
                                              .timestamps = !settings->no_timestamps,
                                              .bell = !settings->no_bell,
                                              .color = wants_color(settings)};
    char error[512];
    bool chats;
    int status;

    remote.retries = parse_number("--retries", settings->retries, 0, 1000);
    voice.quiet = settings->quiet;
    voice.timestamps = !settings->no_timestamps;
    voice.progress = !settings->no_progress && isatty(STDERR_FILENO);
    voice.interactive = words[0] == NULL && isatty(STDIN_FILENO);
    chats = voice.interactive && !settings->plain && isatty(STDOUT_FILENO);
    if (settings->nick[0] != '\0' && !protocol_name_valid(settings->nick))
        die(EXIT_USAGE, "--nick '%s': expected 1 to %d letters, digits, '-' and '_'",
            settings->nick, PROTOCOL_NAME_MAX);
    if (settings->force)
        download.overwrite = always;
    else if (voice.interactive && !chats)
        download.overwrite = conversation_overwrite;
    if (words[0] != NULL) {
        command = commands_find(words[0], words + 1, download.output, error, sizeof error);
        if (command == NULL)
            die(EXIT_USAGE, "%s", error);
    }
    if (settings->key_file[0] != '\0')
        read_key_or_die(&remote.key, settings->key_file);
    if (remote_connect(&remote, settings->host, settings->port, error, sizeof error) != 0)
        die(EXIT_FAILURE, "%s", error);
    voice_say(&voice, "Connected to %s on port %s", settings->host, settings->port);
    if (hello_greet(&remote, &voice) != ANSWER_DONE)
        status = EXIT_FAILURE;
    else if (chats)
        status = chat_run(&remote, &voice, &download, &chat_options);
    else if (settings->nick[0] != '\0' &&
             hello_name(&remote, &voice, settings->nick) != ANSWER_DONE)
        status = EXIT_FAILURE;
    else if (command != NULL)
        status = commands_run(command, &remote, &voice, &download, words + 1);
    else
        status = conversation_run(&remote, &voice, &download, false);
    remote_close(&remote);
    return finish(status);
}

int main(int argc, char **argv)
{
    struct settings settings = {.host = environment("ROLLCALL_HOST", "localhost"),
                                .port = environment("ROLLCALL_PORT", "8000"),
                                .key_file = environment("ROLLCALL_KEY_FILE", ""),
                                .nick = environment("ROLLCALL_NICK", ""),
                                .retries = "5",
                                .color = "auto"};
    int i;

    (void)argc;
    if (descriptors_fill_standard() != 0)
        die(EXIT_FAILURE, "cannot open /dev/null: %s", strerror(errno));
    /* the first word that is no option is the command; what follows belongs to it */
    for (i = 1; argv[i] != NULL && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (argv[i][1] == '-')
            take_long(&settings, argv, &i);
        else
            take_short(&settings, argv, &i);
    }
    if (settings.help || settings.version) {
        if (settings.help)
            print_help();
        else
            puts("rollcall " ROLLCALL_VERSION);
        return finish(EXIT_SUCCESS);
    }
    (void)parse_number("port", settings.port, 1, 65535);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    return run(&settings, argv + i);
}
