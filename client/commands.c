#define _POSIX_C_SOURCE 200809L

#include "client/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/files/get.h"
#include "client/link/hello.h"
#include "client/listen.h"
#include "client/plain.h"
#include "client/report.h"
#include "server/wire/nearest.h"
#include "server/wire/options.h"
#include "server/wire/text.h"

#define HELP_ROWS     12  /* of one command's --help */
#define PROGRAM_SIZE  32  /* "rollcall COMMAND" */
#define FORM_SIZE     64  /* "  COMMAND OPERANDS" */
#define EXPECTED_SIZE 256 /* bytes of what a check expected */

/* The column of their help in the list of all commands. */
#define HELP_COLUMN 29

/* Checks the operands. False: `expected` says what was expected. */
typedef bool command_check(const struct command_call *call, char *expected, size_t size);
typedef int command_run(const struct command_call *call, struct remote *remote,
                        const struct voice *voice);

struct command {
    const char *name, *operands, *help;
    size_t least, most; /* how many operands */
    const char *request;
    bool is_text; /* all words are one text, so they may begin with '-' */
    const struct option *rows;
    size_t row_count;
    const char *const *also; /* rollcall's own options that its --help shows; or NULL */
    command_check *check;    /* or NULL */
    command_run *run;
};

static command_check check_requests, check_name, check_get, check_put;
static command_run run_requests, run_report, run_send, run_get, run_put, run_listen, run_wait;

#define HELP                                                                                       \
    {                                                                                              \
        "help", 0, NULL, "show this and exit", OPTION_FLAG(struct settings, help)                  \
    }
#define ROWS(rows) rows, sizeof(rows) / sizeof(rows)[0]

static const struct option plain_rows[] = {HELP};

static const struct option get_rows[] = {
    {"recursive", 'r', NULL, "fetch folders with their contents; without a NAME: everything",
     OPTION_FLAG(struct settings, recursive)},
    HELP,
};

static const struct option put_rows[] = {
    {"as", 0, "NAME", "hand in the only FILE under this name",
     OPTION_TEXT(struct settings, put.name)},
    {"receipt", 0, "FILE", "add the receipts to this file, too",
     OPTION_TEXT(struct settings, put.receipt)},
    HELP,
};

static const struct option report_rows[] = {
    {"json", 0, NULL, "print a JSON object", OPTION_FLAG(struct settings, json)},
    HELP,
};

static const struct option list_rows[] = {
    {"long", 'l', NULL, "with sizes and times", OPTION_FLAG(struct settings, with_sizes)},
    {"json", 0, NULL, "print a JSON object", OPTION_FLAG(struct settings, json)},
    HELP,
};

static const struct option listen_rows[] = {
    {"json", 0, NULL, "print each line as a JSON object", OPTION_FLAG(struct settings, json)},
    HELP,
};

static const char *const get_also[] = {"output", "force", "quiet", "retries", NULL};
static const char *const put_also[] = {"nick", "anonymous", "quiet", "retries", NULL};

static const struct command commands[] = {
    {"status", "[--json]", "who is here, and since when", 0, 0, "status", false, ROWS(report_rows),
     NULL, NULL, run_report},
    {"history", "[--json]", "who was here, and until when", 0, 0, "history", false,
     ROWS(report_rows), NULL, NULL, run_report},
    {"list", "[-l] [DIR]", "the shared files", 0, 1, "list", false, ROWS(list_rows), NULL,
     check_requests, run_report},
    {"get", "[-r] NAME...", "fetch files; * and ? match names", 1, SIZE_MAX, "file", false,
     ROWS(get_rows), get_also, check_get, run_get},
    {"put", "[OPTION...] FILE...", "hand in files; - is the standard input", 1, SIZE_MAX, "put",
     false, ROWS(put_rows), put_also, check_put, run_put},
    {"send", "TEXT...", "say something; - says each line of the input", 1, SIZE_MAX, "msg", true,
     ROWS(plain_rows), NULL, check_requests, run_send},
    {"tell", "NAME TEXT...", "say something to NAME alone", 2, SIZE_MAX, "tell", true,
     ROWS(plain_rows), NULL, check_name, run_requests},
    {"listen", "[--json]", "print what is said, until the server ends", 0, 0, "join", false,
     ROWS(listen_rows), NULL, NULL, run_listen},
    {"wait", "NAME", "wait until NAME is here", 1, 1, "join", false, ROWS(plain_rows), NULL,
     check_name, run_wait},
    {"help", "", "list the server's requests", 0, 0, "help", false, ROWS(plain_rows), NULL, NULL,
     run_requests},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

/* ---- requests: "request", "request:OPERAND" for each operand, or "request:TEXT" */

/* Makes the next request from the operands, and moves *operands on. False: the request would be too
 * long, or its text is not valid. */
static bool next_request(const struct command *command, char *const **operands,
                         char request[PROTOCOL_REQUEST_MAX + 1], size_t *length)
{
    size_t room = PROTOCOL_REQUEST_MAX + 1;
    int used = snprintf(request, room, "%s", command->request);

    for (bool first = true; **operands != NULL && (first || command->is_text); first = false) {
        int more =
            snprintf(request + used, room - (size_t)used, "%c%s", first ? ':' : ' ', **operands);

        if (more < 0 || (size_t)more >= room - (size_t)used)
            return false;
        used += more;
        ++*operands;
    }
    *length = (size_t)used;
    return text_is_clean(request, *length);
}

static bool check_requests(const struct command_call *call, char *expected, size_t size)
{
    char *const *operands = call->operands;
    char request[PROTOCOL_REQUEST_MAX + 1];
    size_t length;

    while (*operands != NULL)
        if (operands[0][0] == '\0' && !call->command->is_text) {
            (void)snprintf(expected, size, "%s, not an empty word", call->command->operands);
            return false;
        } else if (!next_request(call->command, &operands, request, &length)) {
            (void)snprintf(expected, size,
                           "UTF-8 text without line ends and control characters, at most %d bytes",
                           PROTOCOL_REQUEST_MAX - 5);
            return false;
        }
    return true;
}

/* The first operand is a client's name. */
static bool check_name(const struct command_call *call, char *expected, size_t size)
{
    if (protocol_name_valid(call->operands[0]))
        return check_requests(call, expected, size);
    (void)snprintf(expected, size, "a name of 1 to %d letters, digits, '-' and '_', not '%s'",
                   PROTOCOL_NAME_LETTERS, call->operands[0]);
    return false;
}

static int run_requests(const struct command_call *call, struct remote *remote,
                        const struct voice *voice)
{
    char *const *operands = call->operands;
    int status = EXIT_SUCCESS;

    do {
        char request[PROTOCOL_REQUEST_MAX + 1];
        const char *about = call->command->is_text ? NULL : *operands;
        enum answer_end end;
        size_t length;

        if (!next_request(call->command, &operands, request, &length))
            return EXIT_FAILURE;
        end = answer_request(remote, voice, request, length, about);
        if (end == ANSWER_LOST)
            return EXIT_FAILURE;
        if (end == ANSWER_FAILED)
            status = EXIT_FAILURE;
    } while (*operands != NULL);
    hello_leave(remote, voice);
    return status;
}

static int run_report(const struct command_call *call, struct remote *remote,
                      const struct voice *voice)
{
    enum report report = REPORT_FILES;

    if (!call->settings->json && !call->settings->with_sizes)
        return run_requests(call, remote, voice);
    if (strcmp(call->command->name, "status") == 0)
        report = REPORT_CLIENTS;
    else if (strcmp(call->command->name, "history") == 0)
        report = REPORT_SESSIONS;
    return report_run(remote, voice, report, call->operands[0], call->settings->json);
}

static int run_send(const struct command_call *call, struct remote *remote,
                    const struct voice *voice)
{
    if (strcmp(call->operands[0], "-") == 0 && call->operands[1] == NULL)
        return plain_run(remote, voice, call->download, true);
    return run_requests(call, remote, voice);
}

/* ---- files */

static bool check_get(const struct command_call *call, char *expected, size_t size)
{
    const char *output = call->settings->output;
    bool one = call->operands[0] != NULL && call->operands[1] == NULL && !call->settings->recursive;

    if (!one && output != NULL && !target_is_directory(output) &&
        (call->settings->recursive || !target_is_stdout(output))) {
        (void)snprintf(expected, size, "a directory after --output for several files, not '%s'%s",
                       output, access(output, F_OK) == 0 ? "" : "; make it first");
        return false;
    }
    return check_requests(call, expected, size);
}

static bool check_put(const struct command_call *call, char *expected, size_t size)
{
    const char *expects = put_expects(&call->settings->put, call->operands);

    (void)snprintf(expected, size, "%s", expects != NULL ? expects : "");
    return expects == NULL;
}

static int run_get(const struct command_call *call, struct remote *remote,
                   const struct voice *voice)
{
    int status = get_run(remote, voice, call->download, call->settings->recursive, call->operands);

    hello_leave(remote, voice);
    return status;
}

static int run_put(const struct command_call *call, struct remote *remote,
                   const struct voice *voice)
{
    int status = put_run(remote, voice, &call->settings->put, call->operands);

    hello_leave(remote, voice);
    return status;
}

/* ---- the room */

static int run_listen(const struct command_call *call, struct remote *remote,
                      const struct voice *voice)
{
    return listen_run(remote, voice, call->settings->json);
}

static int run_wait(const struct command_call *call, struct remote *remote,
                    const struct voice *voice)
{
    return listen_wait(remote, voice, call->operands[0]);
}

/* ---- commands */

bool commands_move_files(const struct command *command)
{
    return command->run == run_get || command->run == run_put;
}

const struct command *commands_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

const char *commands_nearest(const char *word)
{
    const char *nearest = NULL;
    struct nearest search = nearest_begin(word);

    for (size_t i = 0; i < COMMANDS; i++)
        if (nearest_try(&search, commands[i].name))
            nearest = commands[i].name;
    return nearest;
}

bool commands_need_name(const struct command *command)
{
    return command->run == run_put;
}

static bool check_count(const struct command_call *call, const struct option_table *table,
                        char *error, size_t size)
{
    const struct command *command = call->command;
    size_t count = 0;

    while (count <= command->most && call->operands[count] != NULL)
        count++;
    if (count > command->most)
        return options_misused(table, error, size, "unexpected argument '%s'",
                               call->operands[command->most]);
    if (count < command->least && !(call->settings->recursive && count == 0))
        return options_misused(table, error, size, "expected %s", command->operands);
    return true;
}

bool commands_read(struct command_call *call, const struct command *command,
                   struct settings *settings, char **words, char *error, size_t size)
{
    char program[PROGRAM_SIZE], expected[EXPECTED_SIZE];
    const struct option_table table = {program, command->rows, command->row_count};
    char *const *text = words;

    (void)snprintf(program, sizeof program, "rollcall %s", command->name);
    *call = (struct command_call){command, settings, words, NULL};
    if (command->is_text) {
        settings->help = options_read_text(&text);
        call->operands = text;
    } else if (!settings_read_behind(settings, &table, words, error, size)) {
        return false;
    }
    if (settings->help)
        return true;
    if (!check_count(call, &table, error, size))
        return false;
    if (target_is_stdout(settings->output) && command->run != run_get)
        return options_misused(&table, error, size, "--output=- goes with get alone");
    if (command->check == NULL || command->check(call, expected, sizeof expected))
        return true;
    return options_wrong(&table, error, size, "expected %s", expected);
}

int commands_run(const struct command_call *call, struct remote *remote, const struct voice *voice,
                 const struct download_options *download)
{
    struct command_call with = *call;

    with.download = download;
    return call->command->run(&with, remote, voice);
}

void commands_help(void)
{
    puts("Commands (without one: a conversation; if the input is not a terminal: a filter)");
    for (size_t i = 0; i < COMMANDS; i++) {
        char form[FORM_SIZE];

        (void)snprintf(form, sizeof form, "  %s %s", commands[i].name, commands[i].operands);
        options_help_row(form, HELP_COLUMN, commands[i].help);
    }
    puts("Each of them has --help.\n");
}

/* The rows of its --help: its own options, and those of rollcall's that it is mostly used with. */
static size_t help_rows(const struct command *command, struct option rows[HELP_ROWS])
{
    size_t count = 0;

    for (const char *const *name = command->also; name != NULL && *name != NULL; name++)
        for (size_t i = 0; i < settings_table.count && count < HELP_ROWS; i++)
            if (strcmp(settings_table.rows[i].name, *name) == 0)
                rows[count++] = settings_table.rows[i];
    for (size_t i = 0; i < command->row_count && count < HELP_ROWS; i++)
        rows[count++] = command->rows[i];
    return count;
}

void commands_usage(const struct command *command)
{
    struct option rows[HELP_ROWS];

    printf("usage: rollcall %s%s%s\n%c%s.\n\n", command->name,
           command->operands[0] != '\0' ? " " : "", command->operands,
           toupper((unsigned char)command->help[0]), command->help + 1);
    options_help(&(struct option_table){"rollcall", rows, help_rows(command, rows)});
    if (command->is_text)
        puts("\nThe words are text, so they may begin with '-'; '--' in front of them is "
             "skipped.");
    else
        puts("\nThe options of 'rollcall --help', such as --host, may stand here, too.");
}
