#define _POSIX_C_SOURCE 200809L

/* rollcallctl: reads a room's table from outside, read-only and without the lock, so that it shows
 * what there is even when the daemon is stuck or gone; and asks the daemon to speak and to kick. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/descriptors.h"
#include "server/wire/options.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/attend.h"
#include "shm/ctl/check.h"
#include "shm/ctl/filter.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/metrics.h"
#include "shm/ctl/outcome.h"
#include "shm/ctl/report_json.h"
#include "shm/ctl/report_text.h"
#include "shm/ctl/survey.h"
#include "shm/ctl/top.h"
#include "shm/table/control.h"
#include "shm/table/view.h"

struct options;
typedef enum status command_run(const struct table *table, const struct options *options);
static command_run report, count, top, metrics, check, ask;

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
    {"top", "[NAME|NETWORK...]", 0, FILTER_WORDS, IS_FILTER, top, 0,
     "the same, and how fast, on a live screen"},
    {"history", "", 0, 0, IS_NONE, report, REPORT_HISTORY,
     "who was here, from when to when, and why they left"},
    {"handouts", "", 0, 0, IS_NONE, report, REPORT_HANDOUTS,
     "who has fetched which file, and who present has not"},
    {"handins", "", 0, 0, IS_NONE, report, REPORT_HANDINS, "the receipts of what was handed in"},
    {"metrics", "[--output FILE]", 0, 0, IS_NONE, metrics, 0, "counters, for Prometheus"},
    {"report", "[OPTION...]", 0, 0, IS_NONE, NULL, 0,
     "who was here, from the journal; see report --help"},
    {"check", "", 0, 0, IS_NONE, check, 0, "whether the table is intact"},
    {"say", "TEXT...", 1, WORDS_MOST, IS_TEXT, ask, 0, "say something to all who joined"},
    {"kick", "NAME [REASON...]", 1, WORDS_MOST, IS_TEXT, ask, 0, "end a client's session"},
    {"reload", "", 0, 0, IS_NONE, ask, 0, "read the configuration file again"},
    {"reopen", "", 0, 0, IS_NONE, ask, 0, "after the journal or the log was renamed: make it anew"},
    {"upgrade", "", 0, 0, IS_NONE, ask, 0, "the daemon becomes the program that is installed now"},
};

struct options {
    const char *name, *output;
    bool json, batch, help, version;
    const struct command *command;
    const char *words[WORDS_MOST]; /* the command's arguments */
    int count;
    struct filter filter; /* the same, where they are one */
    char *const *own;     /* the words of a command that reads its own options */
};

static const struct option rows[] = {
    {"name", 'n', "NAME", "the room to look at (default main)",
     OPTION_SPECIAL(struct options, name, table_room_set)},
    {"json", 'j', NULL, "for programs: JSON, times in UTC", OPTION_FLAG(struct options, json)},
    {"batch", 'b', NULL, "top prints one page, and ends", OPTION_FLAG(struct options, batch)},
    {"output", 'o', "FILE", "write the metrics into FILE, which is replaced when they are complete",
     OPTION_TEXT(struct options, output)},
    {"help", 'h', NULL, "show this and exit", OPTION_FLAG(struct options, help)},
    {"version", 'V', NULL, "show the version and exit", OPTION_FLAG(struct options, version)},
};

static const struct option_table table_of_options = {"rollcallctl", rows,
                                                     sizeof rows / sizeof rows[0]};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* ---- options */

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
        if (options->command != NULL && options->command->run == NULL) {
            options->own = words;
            return true;
        }
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
    if (options->output != NULL && options->command->run != metrics)
        return options_misused(&table_of_options, error, size, "%s: --output is for metrics",
                               options->command->name);
    if (options->batch && options->command->run != top)
        return options_misused(&table_of_options, error, size, "%s: --batch is for top",
                               options->command->name);
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

static enum status top(const struct table *table, const struct options *options)
{
    return top_run(table, options->name, options->count > 0 ? &options->filter : NULL,
                   options->batch);
}

static enum status put_metrics(const struct metrics *taken, const struct options *options)
{
    if (options->output == NULL)
        metrics_write(taken, stdout);
    else if (metrics_store(taken, options->output) == 0)
        return DONE;
    else if (errno == EEXIST)
        complain("'%s' is no regular file: it is left as it is", options->output);
    else
        complain("cannot write '%s': %s", options->output, strerror(errno));
    return options->output == NULL && written() ? DONE : FAILED;
}

static enum status metrics(const struct table *table, const struct options *options)
{
    struct metrics taken = {.room = options->name};
    enum status status;

    if (metrics_take(&taken, table, METRICS_PATIENCE_MS) != 0) {
        complain("room '%s' changes too fast to be counted: try again", options->name);
        return FAILED;
    }
    status = put_metrics(&taken, options);
    if (status != DONE || taken.up)
        return status;
    complain("the daemon of room '%s' is gone; this is what it had counted", options->name);
    return GONE;
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

static enum status ask(const struct table *table, const struct options *options)
{
    return ask_room(table, options->name, options->command->name, options->words, options->count);
}

static enum status run_own(const struct options *options)
{
    char note[MESSAGE_SIZE];
    bool help = false;
    int failed = attend(options->name, options->json, options->own, &help, note, sizeof note);

    if (help)
        attend_help();
    if (failed == 0 && !written())
        return FAILED;
    if (failed == USAGE)
        fprintf(stderr, "%s\n", note); /* with the program's name */
    else if (note[0] != '\0')
        complain("%s", note);
    return (enum status)failed;
}

static enum status run(const struct options *options)
{
    struct table table;
    enum status status;

    if (view(&table, options->name) != 0) {
        const struct metrics none = {.room = options->name};
        int error = errno;

        /* what collects the metrics is to see that the room is down, not how it was last */
        if (options->command->run == metrics && (error == ENOENT || error == EBADMSG) &&
            put_metrics(&none, options) != DONE)
            return FAILED;
        return explain(options->name, error);
    }
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
        return (int)(options.own != NULL ? run_own(&options) : run(&options));
    if (options.help)
        print_help();
    else
        printf("rollcallctl %s\n", ROLLCALL_VERSION);
    return written() ? DONE : FAILED;
}
