#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/usage.h"

#include <stdio.h>
#include <string.h>

#include "server/wire/nearest.h"
#include "server/wire/options.h"
#include "server/wire/settings.h"

static const struct command commands[] = {
    {"status", "[NAME|NETWORK...]", "json", 0, FILTER_WORDS, IS_FILTER, RUN_REPORT, REPORT_STATUS,
     "who is here, since when, and what they do"},
    {"count", "[NAME|NETWORK...]", "", 0, FILTER_WORDS, IS_FILTER, RUN_COUNT, REPORT_STATUS,
     "how many are here"},
    {"top", "[NAME|NETWORK...]", "batch", 0, FILTER_WORDS, IS_FILTER, RUN_TOP, 0,
     "the same, and how fast, on a live screen"},
    {"history", "", "json", 0, 0, IS_NONE, RUN_REPORT, REPORT_HISTORY,
     "who was here, from when to when, and why they left"},
    {"handouts", "", "json", 0, 0, IS_NONE, RUN_REPORT, REPORT_HANDOUTS,
     "who has fetched which file, and who present has not"},
    {"handins", "", "json", 0, 0, IS_NONE, RUN_REPORT, REPORT_HANDINS,
     "the receipts of what was handed in"},
    {"metrics", "[--output FILE]", "output", 0, 0, IS_NONE, RUN_METRICS, 0,
     "counters, for Prometheus"},
    {"report", "[OPTION...]", "json", 0, 0, IS_NONE, RUN_ATTEND, 0,
     "who was here, from the journal; see report --help"},
    {"check", "", "", 0, 0, IS_NONE, RUN_CHECK, 0, "whether the table is intact"},
    {"say", "TEXT...", "", 1, WORDS_MOST, IS_TEXT, RUN_ASK, 0, "say something to all who joined"},
    {"kick", "NAME [REASON...]", "", 1, WORDS_MOST, IS_TEXT, RUN_ASK, 0, "end a client's session"},
    {"drain", "[OPTION...]", "timeout announce", 0, 0, IS_NONE, RUN_DRAIN, 0,
     "let nobody in, and end the daemon when all have left"},
    {"reload", "", "", 0, 0, IS_NONE, RUN_ASK, 0, "read the configuration file again"},
    {"reopen", "", "", 0, 0, IS_NONE, RUN_ASK, 0,
     "after the journal or the log was renamed: make it anew"},
    {"upgrade", "", "", 0, 0, IS_NONE, RUN_ASK, 0,
     "the daemon becomes the program that is installed now"},
};

static const struct options defaults = {.name = "main"};

static const struct option rows[] = {
    {"name", 'n', "NAME", "the room to look at (default main)",
     OPTION_SPECIAL(struct options, name, table_room_set)},
    {"json", 'j', NULL, "for programs: JSON, times in UTC", OPTION_FLAG(struct options, json)},
    {"batch", 'b', NULL, "top prints one page, and ends", OPTION_FLAG(struct options, batch)},
    {"output", 'o', "FILE", "write the metrics into FILE, which is replaced when they are complete",
     OPTION_TEXT(struct options, output)},
    {"timeout", 0, "SECONDS", "drain for so long at most (default 0, which is no limit)",
     OPTION_SECONDS(struct options, timeout, 0, 86400)},
    {"announce", 0, "TEXT", "before draining, say this to all who joined",
     OPTION_TEXT(struct options, announce)},
    {"help", 'h', NULL, "show this and exit", OPTION_FLAG(struct options, help)},
    {"version", 'V', NULL, "show the version and exit", OPTION_FLAG(struct options, version)},
};

static const struct option_table table_of_options = {"rollcallctl", rows,
                                                     sizeof rows / sizeof rows[0]};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Whether the command knows the option; all know --name and --help. */
static bool takes(const struct command *command, const char *option)
{
    const size_t length = strlen(option);

    for (const char *at = command->takes; (at = strstr(at, option)) != NULL; at += length)
        if ((at == command->takes || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return strcmp(option, "name") == 0 || strcmp(option, "help") == 0;
}

/* ---- words */

/* What follows "say" and "kick" is text, and names may begin with '-'. */
static bool takes_text(const struct options *options)
{
    return options->command != NULL && options->command->form == IS_TEXT;
}

static const char *nearest_command(const char *word)
{
    const char *nearest = NULL;
    struct nearest search = nearest_begin(word);

    for (size_t c = 0; c < LENGTH(commands); c++)
        if (nearest_try(&search, commands[c].name))
            nearest = commands[c].name;
    return nearest;
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
           options_no_command(&table_of_options, error, size, word, nearest_command(word));
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
        if (options->command != NULL && options->command->run == RUN_ATTEND) {
            options->own = words;
            return true;
        }
    }
    return true;
}

/* The commands that take the option, separated by commas; "": all do. */
static void list_takers(char *to, size_t size, const char *option)
{
    size_t used = 0;

    to[0] = '\0';
    for (size_t i = 0; i < LENGTH(commands) && used < size; i++)
        if (takes(&commands[i], option))
            used += (size_t)snprintf(to + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     commands[i].name);
}

/* Whether the command takes all options that were given. */
static bool suits(const struct options *options, char *error, size_t size)
{
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char takers[128];

        if (takes(options->command, rows[i].name) || settings_same(&rows[i], &defaults, options))
            continue;
        list_takers(takers, sizeof takers, rows[i].name);
        if (takers[0] != '\0')
            return options_misused(&table_of_options, error, size, "%s: --%s is for %s",
                                   options->command->name, rows[i].name, takers);
    }
    return true;
}

bool usage_parse(struct options *options, char *const *words, char *error, size_t size)
{
    *options = defaults;
    if (!take_words(options, words, error, size))
        return false;
    if (options->help || options->version)
        return true;
    if (options->command == NULL)
        return options_misused(&table_of_options, error, size, "expected a command");
    if (!suits(options, error, size))
        return false;
    if (options->count < options->command->least)
        return options_misused(&table_of_options, error, size, "%s: expected %s",
                               options->command->name, options->command->arguments);
    return true;
}

/* ---- help */

static void help_command(const struct command *command)
{
    struct option known[LENGTH(rows)];
    struct option_table table = {table_of_options.program, known, 0};

    printf("usage: rollcallctl [OPTION...] %s%s%s\n", command->name,
           command->arguments[0] ? " " : "", command->arguments);
    options_help_row("", 0, command->help);
    putchar('\n');
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (takes(command, rows[i].name))
            known[table.count++] = rows[i];
    options_help(&table);
}

static void help_all(void)
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

void usage_help(const struct command *command)
{
    if (command != NULL)
        help_command(command);
    else
        help_all();
}
