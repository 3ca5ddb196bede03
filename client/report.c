#define _POSIX_C_SOURCE 200809L

#include "client/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/link/hello.h"
#include "client/terminal/columns.h"
#include "server/wire/text.h"

/* What is asked, the code of the answer, and the JSON key of its lines. */
static const struct {
    const char *request;
    int code;
    const char *key;
} reports[] = {
    [REPORT_CLIENTS] = {"status", REPLY_CLIENTS, "clients"},
    [REPORT_SESSIONS] = {"history", REPLY_CLIENTS, "sessions"},
    [REPORT_FILES] = {"list-long", REPLY_FILES, "files"},
};

static void print_string(const char *key, const char *text, size_t length)
{
    printf("\"%s\": ", key);
    text_json(stdout, text, length);
}

/* "2025-02-10 16:57:14" as "2025-02-10T16:57:14": the server's local time. */
static void print_time(const char *key, char time[TABLE_TIME_SIZE])
{
    if (strlen(time) == TABLE_TIME_SIZE - 1)
        time[strlen("2025-02-10")] = 'T';
    print_string(key, time, strlen(time));
}

/* ---- one line: false where it has another form */

static bool print_client(const char *line, bool left)
{
    char name[PROTOCOL_NAME_MAX + 1], from[TABLE_TIME_SIZE], to[TABLE_TIME_SIZE];

    if (!table_parse_client(line, name, from, to))
        return false;
    putchar('{');
    print_string("name", name, strlen(name));
    fputs(", ", stdout);
    print_time("connected", from);
    if (left) {
        fputs(", ", stdout);
        print_time("left", to);
    }
    putchar('}');
    return true;
}

static bool print_file(const char *line)
{
    const char *time, *name;
    uint64_t size;
    bool directory;

    if (!table_parse_file(line, &size, &time, &name))
        return false;
    directory = name[strlen(name) - 1] == '/';
    putchar('{');
    print_string("name", name, strlen(name) - directory);
    printf(", \"directory\": %s, \"size\": ", directory ? "true" : "false");
    if (directory)
        fputs("null", stdout);
    else
        printf("%" PRIu64, size);
    fputs(", ", stdout);
    print_string("changed", time, (size_t)(name - time) - 1);
    putchar('}');
    return true;
}

static bool print_plain(const char *line)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REPLY_MAX)], number[24] = "-";
    const char *time, *name;
    uint64_t size;

    if (!table_parse_file(line, &size, &time, &name))
        return false;
    if (name[strlen(name) - 1] != '/')
        (void)snprintf(number, sizeof number, "%" PRIu64, size);
    text_show(shown, sizeof shown, time, strlen(time));
    printf("%12s %s\n", number, shown);
    return true;
}

/* ---- the answer */

static bool print_json(const struct table *lines, enum report report, uint64_t hidden)
{
    bool good = true;

    putchar('{');
    if (report == REPORT_CLIENTS)
        printf("\"present\": %zu,\n ", lines->count);
    if (report == REPORT_FILES)
        printf("\"hidden\": %" PRIu64 ",\n ", hidden);
    printf("\"%s\": [", reports[report].key);
    for (size_t i = 0; i < lines->count && good; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", stdout);
        good = report == REPORT_FILES
                   ? print_file(table_line(lines, i))
                   : print_client(table_line(lines, i), report == REPORT_SESSIONS);
    }
    fputs("]}\n", stdout);
    return good;
}

static bool print_all(const struct table *lines, enum report report, bool json, uint64_t hidden)
{
    bool good = true;

    if (json)
        return print_json(lines, report, hidden);
    for (size_t i = 0; i < lines->count && good; i++)
        good = print_plain(table_line(lines, i));
    return good;
}

/* remote_item */
static void keep_line(void *context, size_t number, const char *text)
{
    (void)number;
    table_add(context, text);
}

static enum answer_end ask(struct remote *remote, const struct voice *voice, enum report report,
                           const char *directory, bool json)
{
    struct table lines = {.count = 0};
    struct answer answer;
    enum answer_end end;
    enum remote_state state =
        remote_ask(remote, &answer, keep_line, &lines, "%s%s%s", reports[report].request,
                   directory ? ":" : "", directory ? directory : "");

    if (state != REMOTE_READY) {
        end = answer_lost(remote, voice, state);
    } else if (answer.code < 400 && answer.code != reports[report].code) {
        voice_error(voice, "the server does not understand '%s'", reports[report].request);
        end = ANSWER_FAILED;
    } else {
        end = answer_show(voice, &answer, directory);
    }
    if (end == ANSWER_DONE &&
        (lines.count != answer.items || !print_all(&lines, report, json, answer.hidden)))
        end = answer_lost(remote, voice, REMOTE_STRANGE);
    table_free(&lines);
    return end;
}

int report_run(struct remote *remote, const struct voice *voice, enum report report,
               const char *directory, bool json)
{
    enum answer_end end;

    remote->patience_ms = REMOTE_ANSWER_MS;
    end = ask(remote, voice, report, directory, json);
    if (end == ANSWER_LOST)
        return EXIT_FAILURE;
    (void)hello_leave(remote, voice);
    return end == ANSWER_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
