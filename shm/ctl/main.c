#define _POSIX_C_SOURCE 200809L

/* rollcallctl: reads a room's table from outside, read-only and without the lock, so that it shows
 * what there is even when the daemon is stuck or gone; and asks the daemon to speak and to kick. */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/descriptors.h"
#include "server/wire/options.h"
#include "server/wire/text.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/check.h"
#include "shm/ctl/filter.h"
#include "shm/ctl/report_json.h"
#include "shm/ctl/report_text.h"
#include "shm/ctl/survey.h"
#include "shm/table/control.h"
#include "shm/table/view.h"

#define VIEW_TRIES    10 /* because a daemon that starts may not have finished its table */
#define VIEW_PAUSE_MS 20
#define WORDS_MOST    1024 /* of a command; a line of text has fewer */
#define MESSAGE_SIZE  512  /* bytes of an error message; a longer one is cut */

enum status { DONE, FAILED, USAGE, NO_ROOM, GONE, DAMAGED };

struct options;
typedef enum status command_run(const struct table *table, const struct options *options);
static command_run report, count, check, ask;

static const struct command {
    const char *name, *arguments;
    int least, most;                           /* number of arguments */
    enum { IS_NONE, IS_FILTER, IS_TEXT } form; /* of the arguments */
    command_run *run;
    enum report_kind kind; /* for `report` */
    const char *help;
} commands[] = {
    {"status", "[NAME|NETWORK...]", 0, FILTER_WORDS, IS_FILTER, report, REPORT_STATUS,
     "who is here, since when, and what they do"},
    {"count", "[NAME|NETWORK...]", 0, FILTER_WORDS, IS_FILTER, count, REPORT_STATUS,
     "how many are here"},
    {"history", "", 0, 0, IS_NONE, report, REPORT_HISTORY,
     "who was here, from when to when, and why they left"},
    {"handouts", "", 0, 0, IS_NONE, report, REPORT_HANDOUTS,
     "who has fetched which file, and who present has not"},
    {"handins", "", 0, 0, IS_NONE, report, REPORT_HANDINS, "the receipts of what was handed in"},
    {"check", "", 0, 0, IS_NONE, check, 0, "whether the table is intact"},
    {"say", "TEXT...", 1, WORDS_MOST, IS_TEXT, ask, 0, "say something to all who joined"},
    {"kick", "NAME [REASON...]", 1, WORDS_MOST, IS_TEXT, ask, 0, "end a client's session"},
};

struct options {
    const char *name;
    bool json, help, version;
    const struct command *command;
    const char *words[WORDS_MOST]; /* the command's arguments */
    int count;
    struct filter filter; /* the same, where they are one */
};

static option_set set_name;

static const struct option rows[] = {
    {"name", 'n', "NAME", "the room to look at (default main)",
     OPTION_SPECIAL(struct options, name, set_name)},
    {"json", 'j', NULL, "for programs: JSON, times in UTC", OPTION_FLAG(struct options, json)},
    {"help", 'h', NULL, "show this and exit", OPTION_FLAG(struct options, help)},
    {"version", 'V', NULL, "show the version and exit", OPTION_FLAG(struct options, version)},
};

static const struct option_table table_of_options = {"rollcallctl", rows,
                                                     sizeof rows / sizeof rows[0]};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints one sanitized line on stderr. */
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

static bool set_name(void *field, const char *value, char *expected, size_t size)
{
    if (!table_room_valid(value)) {
        (void)snprintf(expected, size, "1 to %d letters, digits, '-', '_' or '.', the first no '.'",
                       TABLE_ROOM_MAX);
        return false;
    }
    *(const char **)field = value;
    return true;
}

/* What follows "say" and "kick" is text, and names may begin with '-'. */
static bool takes_text(const struct options *options)
{
    return options->command != NULL && options->command->form == IS_TEXT;
}

/* The command, or one of its arguments. */
static bool take_operand(struct options *options, const char *word, char *error, size_t size)
{
    if (options->command != NULL && options->command->form == IS_FILTER &&
        !filter_add(&options->filter, word))
        return options_misused(&table_of_options, error, size,
                               "%s: expected up to %d names (b*) and networks (10.0.0.0/8), not "
                               "'%s'",
                               options->command->name, FILTER_WORDS, word);
    if (options->command != NULL && options->count < options->command->most) {
        options->words[options->count++] = word;
        return true;
    }
    if (options->command != NULL)
        return options_misused(&table_of_options, error, size, "unexpected argument '%s'", word);
    for (size_t c = 0; c < LENGTH(commands); c++)
        if (strcmp(commands[c].name, word) == 0)
            options->command = &commands[c];
    return options->command != NULL ||
           options_misused(&table_of_options, error, size, "%s: no such command", word);
}

/* Options may stand before and behind the command, up to a "--" or to the text of a command. */
static bool take_words(struct options *options, char *const *words, char *error, size_t size)
{
    enum options_read last = OPTIONS_OPERAND;

    while (*words != NULL) {
        if (last == OPTIONS_OPERAND && !takes_text(options))
            last = options_read(&table_of_options, options, &words, error, size);
        else if (last == OPTIONS_OPERAND && options->count == 0)
            options->help |= options_read_text(&words);
        if (last == OPTIONS_WRONG)
            return false;
        if (*words != NULL && !take_operand(options, *words++, error, size))
            return false;
    }
    return true;
}

/* False: *error is one line. */
static bool parse(struct options *options, char *const *words, char *error, size_t size)
{
    *options = (struct options){.name = "main"};
    if (!take_words(options, words, error, size))
        return false;
    if (options->help || options->version)
        return true;
    if (options->command == NULL)
        return options_misused(&table_of_options, error, size, "expected a command");
    if (options->count < options->command->least)
        return options_misused(&table_of_options, error, size, "%s: expected %s",
                               options->command->name, options->command->arguments);
    return true;
}

static void print_help(void)
{
    printf("usage: rollcallctl [OPTION...] COMMAND\n"
           "Look at a rollcalld's room from outside, even when the daemon is stuck or gone.\n\n");
    for (size_t c = 0; c < LENGTH(commands); c++) {
        char form[40];

        (void)snprintf(form, sizeof form, "%s %s", commands[c].name, commands[c].arguments);
        printf("  %-24s %s\n", form, commands[c].help);
    }
    putchar('\n');
    options_help(&table_of_options);
    printf(
        "\nAfter say and kick every word is text, unless --help is the only one; -- in front of\n"
        "the text is skipped. Elsewhere -- ends the options.\n"
        "Exit status: 0 done, 1 failed, 2 usage, 3 no such room, 4 the daemon is gone\n"
        "(what it left is shown), 5 the table is damaged.\n");
}

/* ---- commands */

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
        complain("room '%s': its table is damaged, or of another version; restart its rollcalld",
                 room);
        return DAMAGED;
    case EACCES:
        complain("room '%s' belongs to another user: run this as the user of its rollcalld, or as "
                 "root",
                 room);
        return FAILED;
    default:
        complain("cannot read the table of room '%s': %s", room, strerror(error));
        return FAILED;
    }
}

/* Whether all of stdout could be written; else complains. */
static bool written(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    complain("cannot write to standard output%s%s", errno != 0 ? ": " : "",
             errno != 0 ? strerror(errno) : "");
    return false;
}

static struct report begin(const struct options *options)
{
    return (struct report){.kind = options->command->kind,
                           .room = options->name,
                           .filter = options->count > 0 ? &options->filter : NULL};
}

/* What has been printed is all; says what is wrong with the room. */
static enum status finish(const struct report *taken)
{
    enum status status = DONE;

    if (!written())
        return FAILED;
    if (!taken->alive) {
        complain("the daemon of room '%s' is gone; this is the table that it left", taken->room);
        status = GONE;
    }
    if (taken->damaged > 0) {
        complain("room '%s': %zu damaged record%s", taken->room, taken->damaged,
                 taken->damaged == 1 ? "" : "s");
        status = DAMAGED;
    }
    return status;
}

static enum status show(const struct report *taken, bool json)
{
    if (json)
        report_json(taken, stdout);
    else
        report_text(taken, stdout);
    return finish(taken);
}

static enum status report(const struct table *table, const struct options *options)
{
    struct report taken = begin(options);
    enum status status = survey_take(&taken, table) == 0 ? show(&taken, options->json)
                                                         : explain(options->name, errno);

    survey_free(&taken);
    return status;
}

static enum status count(const struct table *table, const struct options *options)
{
    struct report taken = begin(options);
    enum status status = DONE;

    if (survey_take(&taken, table) != 0)
        status = explain(options->name, errno);
    else
        printf("%zu\n", taken.count - taken.damaged);
    if (status == DONE)
        status = finish(&taken);
    survey_free(&taken);
    return status;
}

static void complain_of_table(void *room, const char *problem)
{
    complain("room '%s': %s", (const char *)room, problem);
}

static enum status check(const struct table *table, const struct options *options)
{
    int problems = check_table(table, CHECK_PATIENCE_MS, complain_of_table, (void *)options->name);

    if (problems < 0)
        return explain(options->name, errno);
    if (problems > 0)
        return DAMAGED;
    printf("Room %s: the table is intact\n", options->name);
    return written() ? DONE : FAILED;
}

/* Joins the command and its words to one line. Returns false if the daemon would not accept that
 * line. */
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
        if (errno == EACCES || errno == EPERM)
            return explain(options->name, EACCES);
        complain("room '%s' does not answer: %s", options->name, strerror(errno));
        return FAILED;
    }
    if (strcmp(answer, CONTROL_OK) == 0)
        return DONE;
    complain("%s: %s", options->command->name, answer);
    return FAILED;
}

static enum status run(const struct options *options)
{
    struct table table;
    enum status status;

    if (view(&table, options->name) != 0)
        return explain(options->name, errno);
    status = options->command->run(&table, options);
    view_close(&table);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    char error[MESSAGE_SIZE];

    (void)signal(SIGXFSZ, SIG_IGN); /* ulimit -f is an error (EFBIG), as a full disk is */
    if (descriptors_fill_standard() != 0) {
        complain("cannot open /dev/null: %s", strerror(errno));
        return FAILED;
    }
    if (!parse(&options, argv + (argc > 0), error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        return USAGE;
    }
    if (!options.help && !options.version)
        return (int)run(&options);
    if (options.help)
        print_help();
    else
        printf("rollcallctl %s\n", ROLLCALL_VERSION);
    return written() ? DONE : FAILED;
}
