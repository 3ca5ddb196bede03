#define _POSIX_C_SOURCE 200809L

#include "client/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/files/get.h"
#include "client/files/put.h"
#include "client/link/hello.h"
#include "client/listen.h"
#include "client/plain.h"
#include "server/wire/text.h"

struct command {
    const char *name;
    const char *arguments; /* for help */
    size_t least, most;
    enum {
        ASKS,  /* request, or with each argument "request:ARGUMENT" */
        SAYS,  /* "request:ARGUMENTS", with spaces between */
        GETS,  /* get.h */
        PUTS,  /* put.h */
        HEARS, /* listen.h */
        WAITS,
    } kind;
    const char *request;
    const char *help;
};

static const struct command commands[] = {
    {"status", "", 0, 0, ASKS, "status", "who is here, and since when"},
    {"history", "", 0, 0, ASKS, "history", "who was here, and until when"},
    {"list", "[DIR]", 0, 1, ASKS, "list", "the shared files"},
    {"get", "[-r] NAME...", 1, SIZE_MAX, GETS, "file",
     "fetch files; * and ? match names, -r takes folders, or everything"},
    {"put", "FILE...", 1, SIZE_MAX, PUTS, "put",
     "hand in files; --as NAME under another name, --receipt FILE keeps the receipts"},
    {"send", "TEXT...", 1, SIZE_MAX, SAYS, "msg", "say something; - says each line of the input"},
    {"tell", "NAME TEXT...", 2, SIZE_MAX, SAYS, "tell", "say something to NAME alone"},
    {"listen", "[--json]", 0, 1, HEARS, "join", "print what is said, until the server ends"},
    {"wait", "NAME", 1, 1, WAITS, "join", "wait until NAME is there"},
    {"help", "", 0, 0, ASKS, "help", "what the server can be asked"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

void commands_help(void)
{
    puts("Commands (without one: a conversation; with input that is no terminal: a filter)");
    for (size_t i = 0; i < COMMANDS; i++) {
        char form[40];

        (void)snprintf(form, sizeof form, "%s %s", commands[i].name, commands[i].arguments);
        printf("  %-18s %s\n", form, commands[i].help);
    }
    putchar('\n');
}

static bool is_stdin(const struct command *command, char *const *arguments)
{
    return command->kind == SAYS && command->least == 1 && strcmp(arguments[0], "-") == 0 &&
           arguments[1] == NULL;
}

static bool is_recursive(const struct command *command, char *const *arguments)
{
    return command->kind == GETS && arguments[0] != NULL && strcmp(arguments[0], "-r") == 0;
}

/* The request of the next arguments, which moves past them. False: it is not one. */
static bool next_request(const struct command *command, char *const **arguments,
                         char request[PROTOCOL_REQUEST_MAX + 1], size_t *length)
{
    size_t room = PROTOCOL_REQUEST_MAX + 1;
    int used = snprintf(request, room, "%s", command->request);

    for (bool first = true; **arguments != NULL && (first || command->kind == SAYS);
         first = false) {
        int more =
            snprintf(request + used, room - (size_t)used, "%c%s", first ? ':' : ' ', **arguments);

        if (more < 0 || (size_t)more >= room - (size_t)used)
            return false;
        used += more;
        ++*arguments;
    }
    *length = (size_t)used;
    return text_is_clean(request, *length);
}

const struct command *commands_find(const char *name, char *const *arguments, const char *output,
                                    char *error, size_t size)
{
    const struct command *command = NULL;
    size_t count = 0, length;
    char request[PROTOCOL_REQUEST_MAX + 1];

    for (size_t i = 0; i < COMMANDS && command == NULL; i++)
        if (strcmp(commands[i].name, name) == 0)
            command = &commands[i];
    if (command == NULL) {
        (void)snprintf(error, size, "unknown command '%s'; see 'rollcall --help'", name);
        return NULL;
    }
    while (arguments[count] != NULL)
        count++;
    if (count < command->least || count > command->most) {
        (void)snprintf(error, size, "%s: expected '%s%s%s'", name, name,
                       command->arguments[0] ? " " : "", command->arguments);
        return NULL;
    }
    if (command->kind == GETS && count > 1 && output != NULL && !partial_is_directory(output)) {
        (void)snprintf(error, size, "--output '%s': expected a directory for several files",
                       output);
        return NULL;
    }
    if (command->kind == PUTS) {
        struct put_options options;

        return put_parse(&options, &arguments, error, size) == 0 ? command : NULL;
    }
    if (command->kind == HEARS && count == 1 && strcmp(arguments[0], "--json") != 0) {
        (void)snprintf(error, size, "listen: expected 'listen [--json]'");
        return NULL;
    }
    if ((command->kind == WAITS || strcmp(command->request, "tell") == 0) &&
        !protocol_name_valid(arguments[0])) {
        (void)snprintf(error, size,
                       "%s '%s': expected a name of 1 to %d letters, digits, '-' and '_'", name,
                       arguments[0], PROTOCOL_NAME_MAX);
        return NULL;
    }
    while (*arguments != NULL)
        if (arguments[0][0] == '\0' && command->kind != SAYS) {
            (void)snprintf(error, size, "%s: expected %s, not nothing", name, command->arguments);
            return NULL;
        } else if (!next_request(command, &arguments, request, &length)) {
            (void)snprintf(error, size,
                           "%s: expected UTF-8 text without line ends and control characters, at "
                           "most %d bytes",
                           name, PROTOCOL_REQUEST_MAX - 5);
            return NULL;
        }
    return command;
}

int commands_run(const struct command *command, struct remote *remote, const struct voice *voice,
                 const struct download_options *options, char *const *arguments)
{
    int status = EXIT_SUCCESS;

    if (command->least > 0 && is_stdin(command, arguments))
        return conversation_run(remote, voice, options, true);
    if (command->kind == HEARS)
        return listen_run(remote, voice, arguments[0] != NULL);
    if (command->kind == WAITS)
        return listen_wait(remote, voice, arguments[0]);
    if (command->kind == GETS || command->kind == PUTS) {
        bool recursive = is_recursive(command, arguments);

        status = command->kind == PUTS
                     ? put_run(remote, voice, arguments)
                     : get_run(remote, voice, options, recursive, arguments + (recursive ? 1 : 0));
        (void)hello_leave(remote, voice);
        return status;
    }
    do {
        char request[PROTOCOL_REQUEST_MAX + 1];
        enum answer_end end;
        size_t length;

        if (!next_request(command, &arguments, request, &length))
            return EXIT_FAILURE;
        end = answer_request(remote, voice, request, length);
        if (end == ANSWER_LOST)
            return EXIT_FAILURE;
        if (end == ANSWER_FAILED)
            status = EXIT_FAILURE;
    } while (*arguments != NULL);
    (void)hello_leave(remote, voice);
    return status;
}
