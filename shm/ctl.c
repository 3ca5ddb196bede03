/* rollcallctl: shows a room's table from outside, read-only, waiting for nobody. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/registry.h"
#include "shm/report.h"

enum { EXIT_USAGE = 2, EXIT_NO_ROOM = 3, EXIT_GONE = 4, EXIT_DAMAGED = 5 };

struct settings {
    const char *room;
    bool json, help, version;
};

static const struct command {
    const char *name, *help;
    int (*take)(struct report *report, const struct registry *registry, const char *room);
    void (*text)(const struct report *report, FILE *out);
    void (*json)(const struct report *report, FILE *out);
} commands[] = {
    {"status", "who is here, from where, and what they do", report_take_status, report_status_text,
     report_status_json},
    {"history", "the sessions that ended, and why", report_take_history, report_history_text,
     report_history_json},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct option {
    const char *name;
    char letter;
    const char *argument; /* NULL: a flag */
    size_t field;         /* in struct settings */
    const char *help;
} options[] = {
    {"name", 'n', "NAME", offsetof(struct settings, room), "the room (default main)"},
    {"json", 'j', NULL, offsetof(struct settings, json), "as JSON"},
    {"help", 'h', NULL, offsetof(struct settings, help), "show this and exit"},
    {"version", 'V', NULL, offsetof(struct settings, version), "show the version and exit"},
};
#define OPTIONS (sizeof options / sizeof options[0])

__attribute__((noreturn, format(printf, 2, 3))) static void die(int status, const char *format, ...)
{
    va_list arguments;

    fputs("rollcallctl: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* Whether the word is this option: "-n", "-nVALUE", "--name", "--name=VALUE"; *value is what is
 * attached to it, or NULL. */
static bool is_option(const struct option *option, const char *word, const char **value)
{
    size_t length = strlen(option->name);

    *value = NULL;
    if (word[1] != '-') {
        if (word[1] != option->letter || (option->argument == NULL && word[2] != '\0'))
            return false;
        if (word[2] != '\0')
            *value = word + 2;
        return true;
    }
    if (strncmp(word + 2, option->name, length) != 0)
        return false;
    if (word[2 + length] == '=')
        *value = word + 3 + length;
    return word[2 + length] == '\0' || *value != NULL;
}

/* Takes one word that begins with '-', and its value if that is the next one. */
static void take_option(struct settings *settings, char **argv, int *i)
{
    for (size_t o = 0; o < OPTIONS; o++) {
        void *field = (char *)settings + options[o].field;
        const char *value;

        if (!is_option(&options[o], argv[*i], &value))
            continue;
        if (options[o].argument == NULL) {
            if (value != NULL)
                die(EXIT_USAGE, "--%s takes no value", options[o].name);
            *(bool *)field = true;
            return;
        }
        if (value == NULL && argv[*i + 1] != NULL)
            value = argv[++*i];
        if (value == NULL)
            die(EXIT_USAGE, "--%s: expected a %s after it", options[o].name, options[o].argument);
        *(const char **)field = value;
        return;
    }
    die(EXIT_USAGE, "unknown option '%s'; see 'rollcallctl --help'", argv[*i]);
}

static const struct command *find_command(const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, word) == 0)
            return &commands[i];
    die(EXIT_USAGE, "unknown command '%s': expected status or history", word);
}

static void print_help(void)
{
    puts("usage: rollcallctl [-n NAME] COMMAND [--json]\n"
         "Shows a room's table from outside.\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-18s %s\n", commands[i].name, commands[i].help);
    putchar('\n');
    for (size_t i = 0; i < OPTIONS; i++) {
        char left[32];

        (void)snprintf(left, sizeof left, "--%s%s%s", options[i].name,
                       options[i].argument ? " " : "",
                       options[i].argument ? options[i].argument : "");
        printf("  -%c, %-14s %s\n", options[i].letter, left, options[i].help);
    }
}

static void check_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        die(EXIT_FAILURE, "cannot write the output: %s", strerror(errno));
}

static void view_or_die(struct registry *registry, const char *room)
{
    if (registry_view(registry, room) == 0)
        return;
    switch (errno) {
    case ENOENT:
        die(EXIT_NO_ROOM, "no room '%s': no rollcalld of that name runs on this machine", room);
    case EBADMSG:
        die(EXIT_DAMAGED,
            "room '%s': the table is damaged or another version's; rollcalld --name %s replaces it",
            room, room);
    case EACCES:
        die(EXIT_FAILURE, "room '%s' is another user's: run this as that user, or as root", room);
    default:
        die(EXIT_FAILURE, "room '%s': cannot read the table: %s", room, strerror(errno));
    }
}

static int show(const struct command *command, const struct settings *settings)
{
    struct registry registry;
    struct report report;

    view_or_die(&registry, settings->room);
    if (command->take(&report, &registry, settings->room) != 0)
        die(EXIT_FAILURE, "room '%s': cannot copy the table: %s", settings->room, strerror(errno));
    (settings->json ? command->json : command->text)(&report, stdout);
    check_output();
    if (report.damaged > 0)
        fprintf(stderr, "rollcallctl: room '%s': %zu damaged record%s, shown as such\n",
                settings->room, report.damaged, report.damaged == 1 ? "" : "s");
    if (!report.alive)
        fprintf(stderr, "rollcallctl: room '%s': the daemon is gone, this is what it left\n",
                settings->room);
    report_free(&report);
    registry_unview(&registry);
    return !report.alive ? EXIT_GONE : report.damaged > 0 ? EXIT_DAMAGED : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct settings settings = {.room = "main"};
    const struct command *command = NULL;

    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            take_option(&settings, argv, &i);
        else if (command == NULL)
            command = find_command(argv[i]);
        else
            die(EXIT_USAGE, "unexpected argument '%s'; see 'rollcallctl --help'", argv[i]);
    }
    if (settings.help || settings.version) {
        if (settings.help)
            print_help();
        else
            puts("rollcallctl " ROLLCALL_VERSION);
        check_output();
        return EXIT_SUCCESS;
    }
    if (!registry_room_valid(settings.room))
        die(EXIT_USAGE, "--name '%s': expected 1 to %d letters, digits, '-', '_' or '.', not first",
            settings.room, REGISTRY_ROOM_MAX);
    if (command == NULL)
        die(EXIT_USAGE, "no command: expected status or history; see 'rollcallctl --help'");
    return show(command, &settings);
}
