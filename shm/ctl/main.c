#define _POSIX_C_SOURCE 200809L

/* rollcallctl: looks at a room's table from outside, read-only and without its lock, so that it
 * shows what there is even when the daemon is stuck or gone. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/descriptors.h"
#include "server/wire/text.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/check.h"
#include "shm/ctl/report.h"
#include "shm/ctl/survey.h"
#include "shm/table/registry.h"
#include "shm/table/talk.h"

#define VIEW_TRIES    10 /* at a table that is none: a daemon may be writing it just now */
#define VIEW_PAUSE_MS 20
#define WORDS_MOST    1024 /* of a command; a line of text has fewer */
#define MESSAGE_SIZE  512  /* bytes of a complaint; a longer one is cut */

enum status { DONE, FAILED, USAGE, NO_ROOM, GONE, DAMAGED };

/* no reports */
#define CHECK (-1)
#define SAY   (-2)
#define KICK  (-3)

static const struct command {
    const char *name, *arguments;
    int least, most; /* how many of these */
    int kind;        /* enum report_kind, or one of the above */
    const char *help;
} commands[] = {
    {"status", "", 0, 0, REPORT_STATUS, "who is here, since when, and what they do"},
    {"history", "", 0, 0, REPORT_HISTORY, "who was here, from when to when, and why they left"},
    {"handouts", "", 0, 0, REPORT_HANDOUTS, "who has fetched which file, and who present has not"},
    {"handins", "", 0, 0, REPORT_HANDINS, "the receipts of what was handed in"},
    {"check", "", 0, 0, CHECK, "whether the table is as every table must be"},
    {"say", "TEXT...", 1, WORDS_MOST, SAY, "say something to all who joined"},
    {"kick", "NAME [REASON...]", 1, WORDS_MOST, KICK, "send a client away"},
};

struct options {
    const char *name;
    bool json, help, version;
    const struct command *command;
    const char *words[WORDS_MOST]; /* the command's arguments */
    int count;
};

static const struct option {
    const char *name;
    char letter;
    size_t field; /* in struct options: a text where there is an argument, else a flag */
    const char *argument, *help;
} options_known[] = {
    {"name", 'n', offsetof(struct options, name), "NAME", "the room to look at (default main)"},
    {"json", 'j', offsetof(struct options, json), NULL, "for programs: JSON, times in UTC"},
    {"help", 'h', offsetof(struct options, help), NULL, "show this and exit"},
    {"version", 'V', offsetof(struct options, version), NULL, "show the version and exit"},
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line on stderr; what it quotes may be anything. */
static void complain(const char *format, ...)
{
    char message[MESSAGE_SIZE], shown[TEXT_SHOWN_SIZE(MESSAGE_SIZE)];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_show(shown, sizeof shown, message, strlen(message));
    fprintf(stderr, "rollcallctl: %s\n", shown);
}

/* ---- options */

/* Sets an option. `attached` is the value written in the same word (NULL: none); else it is the
 * next word, which *i then moves on to. */
static bool option_set(struct options *options, const struct option *option, const char *attached,
                       char *const *argv, int *i)
{
    void *field = (char *)options + option->field;

    if (option->argument == NULL) {
        if (attached != NULL) {
            complain("--%s takes no value", option->name);
            return false;
        }
        *(bool *)field = true;
        return true;
    }
    if (attached == NULL && argv[*i + 1] != NULL)
        attached = argv[++*i];
    if (attached == NULL) {
        complain("--%s: expected a %s after it", option->name, option->argument);
        return false;
    }
    *(const char **)field = attached;
    return true;
}

static bool parse_long(struct options *options, char *const *argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);

    for (size_t o = 0; o < LENGTH(options_known); o++)
        if (strlen(options_known[o].name) == length &&
            memcmp(options_known[o].name, name, length) == 0)
            return option_set(options, &options_known[o], equals != NULL ? equals + 1 : NULL, argv,
                              i);
    complain("unknown option '%s'; see 'rollcallctl --help'", argv[*i]);
    return false;
}

/* A word that begins with one '-': letters, of which the last may want a value. */
static bool parse_short(struct options *options, char *const *argv, int *i)
{
    const char *word = argv[*i];

    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct option *option = NULL;

        for (size_t o = 0; o < LENGTH(options_known) && option == NULL; o++)
            if (options_known[o].letter == *letter)
                option = &options_known[o];
        if (option == NULL) {
            complain("unknown option '%s'; see 'rollcallctl --help'", word);
            return false;
        }
        if (option->argument != NULL)
            return option_set(options, option, letter[1] != '\0' ? letter + 1 : NULL, argv, i);
        if (!option_set(options, option, NULL, argv, i))
            return false;
    }
    return true;
}

static bool parse_command(struct options *options, const char *word)
{
    if (options->command != NULL && options->count < options->command->most) {
        options->words[options->count++] = word;
        return true;
    }
    if (options->command != NULL) {
        complain("unexpected argument '%s'; see 'rollcallctl --help'", word);
        return false;
    }
    for (size_t c = 0; c < LENGTH(commands); c++)
        if (strcmp(commands[c].name, word) == 0)
            options->command = &commands[c];
    if (options->command == NULL)
        complain("unknown command '%s'; see 'rollcallctl --help'", word);
    return options->command != NULL;
}

/* What follows "say" and "kick" is text, and names may begin with '-'. */
static bool takes_text(const struct options *options)
{
    return options->command != NULL && options->command->most == WORDS_MOST;
}

static bool parse(struct options *options, char *const *argv)
{
    bool literal = false; /* after "--", as elsewhere */

    *options = (struct options){.name = "main"};
    for (int i = 1; argv[i] != NULL; i++) {
        bool ok = true;

        if (!literal && options->count == 0 && strcmp(argv[i], "--") == 0)
            literal = true;
        else if (literal || argv[i][0] != '-' || argv[i][1] == '\0' || takes_text(options))
            ok = parse_command(options, argv[i]);
        else if (argv[i][1] == '-')
            ok = parse_long(options, argv, &i);
        else
            ok = parse_short(options, argv, &i);
        if (!ok)
            return false;
    }
    if (!table_room_valid(options->name)) {
        complain("--name '%s': expected 1 to %d letters, digits, '-', '_' or '.', the first no '.'",
                 options->name, TABLE_ROOM_MAX);
        return false;
    }
    if (options->command == NULL && !options->help && !options->version) {
        complain("expected a command; see 'rollcallctl --help'");
        return false;
    }
    if (options->command != NULL && options->count < options->command->least && !options->help &&
        !options->version) {
        complain("%s: expected '%s %s'", options->command->name, options->command->name,
                 options->command->arguments);
        return false;
    }
    return true;
}

static void print_help(void)
{
    printf("usage: rollcallctl [OPTION...] COMMAND\n"
           "Look at a rollcalld's room from outside, even when the daemon is stuck or gone.\n\n");
    for (size_t c = 0; c < LENGTH(commands); c++) {
        char form[40];

        (void)snprintf(form, sizeof form, "%s %s", commands[c].name, commands[c].arguments);
        printf("  %-21s %s\n", form, commands[c].help);
    }
    putchar('\n');
    for (size_t o = 0; o < LENGTH(options_known); o++) {
        const struct option *option = &options_known[o];

        char left[24];

        (void)snprintf(left, sizeof left, "--%s%s%s", option->name,
                       option->argument != NULL ? " " : "",
                       option->argument != NULL ? option->argument : "");
        printf("  -%c, %-17s %s\n", option->letter, left, option->help);
    }
    printf("\nAfter say and kick every word is text; before, -- ends the options.\n"
           "Exit status: 0 done, 1 failed, 2 usage, 3 no such room, 4 the daemon is gone\n"
           "(what it left is shown), 5 the table is damaged.\n");
}

/* ---- the answer */

static int view(struct table *table, const char *room)
{
    for (int tries = 1;; tries++) {
        if (view_open(table, room) == 0)
            return 0;
        if (errno != EBADMSG || tries == VIEW_TRIES)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = VIEW_PAUSE_MS * 1000000L}, NULL);
    }
}

static enum status explain(const char *room, int error)
{
    switch (error) {
    case ENOENT:
        complain("no room '%s': no rollcalld of that name runs here; start one with 'rollcalld "
                 "--name %s'",
                 room, room);
        return NO_ROOM;
    case EBADMSG:
        complain("room '%s': its table is damaged or another version's; restart its rollcalld",
                 room);
        return DAMAGED;
    case EACCES:
        complain("room '%s' is another user's: run this as the user of its rollcalld, or as root",
                 room);
        return FAILED;
    default:
        complain("cannot look at room '%s': %s", room, strerror(error));
        return FAILED;
    }
}

/* Whether all of stdout could be written; said if not. */
static bool written(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    complain("cannot write to standard output%s%s", errno != 0 ? ": " : "",
             errno != 0 ? strerror(errno) : "");
    return false;
}

static enum status show(const struct report *report, bool json)
{
    enum status status = DONE;

    if (json)
        report_json(report, stdout);
    else
        report_text(report, stdout);
    if (!written())
        return FAILED;
    if (!report->alive) {
        complain("the daemon of room '%s' is gone; this is the table that it left", report->room);
        status = GONE;
    }
    if (report->damaged > 0) {
        complain("room '%s': %zu damaged record%s", report->room, report->damaged,
                 report->damaged == 1 ? "" : "s");
        status = DAMAGED;
    }
    return status;
}

static void complain_of_table(void *room, const char *problem)
{
    complain("room '%s': %s", (const char *)room, problem);
}

static enum status check(const struct table *table, const char *room)
{
    int problems = check_table(table, CHECK_PATIENCE_MS, complain_of_table, (void *)room);

    if (problems < 0)
        return explain(room, errno);
    if (problems > 0)
        return DAMAGED;
    printf("Room %s: the table is as it must be\n", room);
    return written() ? DONE : FAILED;
}

/* The words as one line. False: that is none. */
static bool make_request(const struct options *options, char *request, size_t size)
{
    size_t begin = strlen(options->command->name) + 1;
    size_t used = (size_t)snprintf(request, size, "%s", options->command->name);

    for (int i = 0; i < options->count && used < size; i++)
        used += (size_t)snprintf(request + used, size - used, " %s", options->words[i]);
    if (used >= size)
        return false;
    while (used > 0 && request[used - 1] == ' ')
        request[--used] = '\0';
    return used > begin && used - begin <= MESSAGE_TEXT && text_is_clean(request, used);
}

static enum status ask(const struct table *table, const struct options *options)
{
    char request[MESSAGE_TEXT + 64], answer[MESSAGE_SIZE];

    if (!make_request(options, request, sizeof request)) {
        complain("%s: expected a line of UTF-8 text of at most %d bytes", options->command->name,
                 MESSAGE_TEXT);
        return USAGE;
    }
    if (!view_is_alive(table)) {
        complain("the daemon of room '%s' is gone", options->name);
        return GONE;
    }
    if (ask_parent(table, request, answer, sizeof answer) != 0) {
        complain(errno == EACCES || errno == EPERM
                     ? "room '%s' is another user's: run this as the user of its rollcalld, or as "
                       "root"
                     : "room '%s' does not answer: %s",
                 options->name, strerror(errno));
        return FAILED;
    }
    if (strcmp(answer, "ok") == 0)
        return DONE;
    complain("%s: %s", options->command->name, answer);
    return FAILED;
}

static enum status look(const struct options *options)
{
    struct report report = {.room = options->name};
    struct table table;
    enum status status;

    if (view(&table, options->name) != 0)
        return explain(options->name, errno);
    if (options->command->kind == CHECK) {
        status = check(&table, options->name);
        view_close(&table);
        return status;
    }
    if (options->command->kind == SAY || options->command->kind == KICK) {
        status = ask(&table, options);
        view_close(&table);
        return status;
    }
    report.kind = (enum report_kind)options->command->kind;
    status = survey_take(&report, &table) == 0 ? show(&report, options->json)
                                               : explain(options->name, errno);
    survey_free(&report);
    view_close(&table);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;

    if (descriptors_fill_standard() != 0) {
        complain("cannot open /dev/null: %s", strerror(errno));
        return FAILED;
    }
    if (argc < 1 || !parse(&options, argv))
        return USAGE;
    if (!options.help && !options.version)
        return (int)look(&options);
    if (options.help)
        print_help();
    else
        printf("rollcallctl %s\n", ROLLCALL_VERSION);
    return written() ? DONE : FAILED;
}
