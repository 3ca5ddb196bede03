#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/attend.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "server/wire/options.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/attendance.h"
#include "shm/ctl/attendance_print.h"
#include "shm/ctl/ledger.h"
#include "shm/ctl/moment.h"
#include "shm/ctl/roster.h"
#include "shm/table/control.h"
#include "shm/table/view.h"

enum { JOURNALS = 64, MINUTES_MOST = 24 * 60, GAP_MOST = 86400 };

struct journals {
    size_t count;
    const char *path[JOURNALS];
};

struct settings {
    const char *room, *roster, *from, *to, *at, *start, *end;
    struct journals journals;
    unsigned long late, early, gap;
    bool csv, json, help;
};

static option_set add_journal, set_moment;

#define SPECIAL(field, set) OPTION_SPECIAL(struct settings, field, set)

static const struct option rows[] = {
    {"from", 0, "T", "not before this time", SPECIAL(from, set_moment)},
    {"to", 0, "T", "not after this time", SPECIAL(to, set_moment)},
    {"at", 0, "T", "who was here at this moment", SPECIAL(at, set_moment)},
    {"start", 0, "T", "the lesson's beginning, and --from where that is missing",
     SPECIAL(start, set_moment)},
    {"end", 0, "T", "the lesson's end, and --to where that is missing", SPECIAL(end, set_moment)},
    {"late", 0, "MIN", "an arrival up to MIN minutes after --start is not late (default 0)",
     OPTION_NUMBER(struct settings, late, 0, MINUTES_MOST)},
    {"early", 0, "MIN", "a departure up to MIN minutes before --end is not early (default 0)",
     OPTION_NUMBER(struct settings, early, 0, MINUTES_MOST)},
    {"gap", 0, "SECONDS", "a shorter absence counts as presence (default 0)",
     OPTION_SECONDS(struct settings, gap, 0, GAP_MOST)},
    {"roster", 0, "FILE",
     "who is expected: a line for each, a name, and behind TABs other names and addresses",
     OPTION_TEXT(struct settings, roster)},
    {"journal", 0, "FILE", "the journal; may be repeated, oldest first (default the room's)",
     SPECIAL(journals, add_journal)},
    {"name", 'n', "NAME", "the room (default main)", SPECIAL(room, table_room_set)},
    {"csv", 0, NULL, "for a spreadsheet: CSV, times in UTC", OPTION_FLAG(struct settings, csv)},
    {"json", 'j', NULL, "for programs: JSON, times in UTC", OPTION_FLAG(struct settings, json)},
    {"help", 'h', NULL, "show this and exit", OPTION_FLAG(struct settings, help)},
};

static const struct option_table table_of_options = {"rollcallctl report", rows,
                                                     sizeof rows / sizeof rows[0]};

static bool add_journal(void *field, const char *value, char *expected, size_t size)
{
    struct journals *to = field;

    if (to->count == JOURNALS) {
        (void)snprintf(expected, size, "at most %d of them", JOURNALS);
        return false;
    }
    to->path[to->count++] = value;
    return true;
}

static bool set_moment(void *field, const char *value, char *expected, size_t size)
{
    int64_t when;

    if (!moment_parse(value, clock_wall_ms(), false, &when)) {
        (void)snprintf(expected, size, MOMENT_FORM);
        return false;
    }
    *(const char **)field = value;
    return true;
}

void attend_help(void)
{
    printf("usage: rollcallctl report [OPTION...]\n"
           "Who was here, from when to when, who fetched and handed in what: from the journal of\n"
           "rollcalld --journal, whether the daemon runs or not.\n\n");
    options_help(&table_of_options);
}

/* The room's journal is where a link beside its sockets leads, which no handler can make; it stays
 * when the daemon is killed. */
static int find_journal(const char *room, char path[PATH_MAX], char *note, size_t size)
{
    struct table table;
    int runtime;
    ssize_t length;

    if (view_open(&table, room) != 0) {
        (void)snprintf(note, size,
                       "cannot find the journal of room '%s': %s; expected --journal FILE", room,
                       errno == ENOENT ? "no rollcalld of that name runs here" : strerror(errno));
        return FAILED;
    }
    runtime = ask_open_runtime(&table);
    length = runtime < 0 ? -1 : readlinkat(runtime, TABLE_JOURNAL, path, PATH_MAX - 1);
    if (length < 0 && errno == ENOENT)
        (void)snprintf(
            note, size,
            "room '%s' has no journal; start rollcalld with --journal FILE, or name one here",
            room);
    else if (length < 0)
        (void)snprintf(note, size,
                       "cannot find the journal of room '%s': %s; expected --journal FILE", room,
                       strerror(errno));
    else
        path[length] = '\0';
    if (runtime >= 0)
        close(runtime);
    view_close(&table);
    return length < 0 ? FAILED : 0;
}

static int64_t moment(const char *text, int64_t now, bool to_end, int64_t otherwise)
{
    int64_t when;

    return text != NULL && moment_parse(text, now, to_end, &when) ? when : otherwise;
}

static struct attendance_question question_of(const struct settings *settings, int64_t now)
{
    struct attendance_question question = {
        .start = moment(settings->start, now, false, 0),
        .end = moment(settings->end, now, false, 0),
        .late = (int64_t)settings->late * 60000,
        .early = (int64_t)settings->early * 60000,
        .gap = (int64_t)settings->gap * 1000,
    };

    question.from =
        moment(settings->from != NULL ? settings->from : settings->start, now, false, INT64_MIN);
    question.to = settings->to != NULL ? moment(settings->to, now, true, ATTENDANCE_EVER)
                                       : moment(settings->end, now, false, ATTENDANCE_EVER);
    if (settings->at != NULL)
        question.from = question.to = moment(settings->at, now, false, 0);
    question.is_moment = settings->at != NULL;
    return question;
}

static void print(const struct settings *settings, const struct ledger *ledger,
                  const struct attendance *attendance, const struct attendance_question *question)
{
    if (settings->json)
        attendance_json(stdout, attendance, ledger, question);
    else if (settings->csv)
        attendance_csv(stdout, attendance, ledger);
    else
        attendance_text(stdout, attendance, ledger, question);
}

static int answer(const struct settings *settings, struct ledger *ledger,
                  const struct attendance_question *question, char *note, size_t size)
{
    struct attendance attendance;
    int failed = 0;

    if (attendance_take(&attendance, ledger, question) == 0) {
        print(settings, ledger, &attendance, question);
    } else {
        (void)snprintf(note, size, "report: %s", strerror(ENOMEM));
        failed = FAILED;
    }
    attendance_free(&attendance);
    if (failed == 0 && (ledger->damaged > 0 || ledger->lost > 0))
        (void)snprintf(note, size,
                       "the journal is not whole: %" PRIu64 " damaged lines, %" PRIu64
                       " events that could not be recorded",
                       ledger->damaged, ledger->lost);
    return failed;
}

static int report(struct settings *settings, char *note, size_t size)
{
    struct ledger ledger = {.room = NULL};
    struct roster roster = {.count = 0};
    int64_t now = clock_wall_ms();
    struct attendance_question question = question_of(settings, now);
    char path[PATH_MAX];
    int failed = 0;

    if (settings->journals.count == 0) {
        failed = find_journal(settings->room, path, note, size);
        settings->journals.path[settings->journals.count++] = path;
    }
    if (failed == 0 && settings->roster != NULL) {
        failed = roster_read(&roster, settings->roster, note, size) != 0 ? FAILED : 0;
        question.roster = &roster;
    }
    for (size_t i = 0; i < settings->journals.count && failed == 0; i++)
        failed = ledger_read(&ledger, settings->journals.path[i], note, size) != 0 ? FAILED : 0;
    if (failed == 0) {
        ledger_close(&ledger, now);
        failed = answer(settings, &ledger, &question, note, size);
    }
    ledger_free(&ledger);
    roster_free(&roster);
    return failed;
}

/* What the options say that cannot be meant, or NULL. */
static const char *contradiction_of(const struct settings *settings)
{
    struct attendance_question question = question_of(settings, clock_wall_ms());

    if (settings->csv && settings->json)
        return "expected --csv or --json, not both";
    if (settings->at != NULL && (settings->from != NULL || settings->to != NULL))
        return "expected --at, or --from and --to";
    if (settings->late > 0 && settings->start == NULL)
        return "expected --start with --late";
    if (settings->early > 0 && settings->end == NULL)
        return "expected --end with --early";
    if (question.from > question.to)
        return "expected --from and --start no later than --to and --end";
    return NULL;
}

int attend(const char *room, bool json, char *const *words, bool *help, char *note, size_t size)
{
    struct settings settings = {.room = room, .json = json};
    const char *contradiction;

    note[0] = '\0';
    if (options_read(&table_of_options, &settings, &words, note, size) == OPTIONS_WRONG)
        return USAGE;
    if (*words != NULL) {
        (void)options_misused(&table_of_options, note, size, "unexpected argument '%s'", *words);
        return USAGE;
    }
    *help = settings.help;
    if (settings.help)
        return 0;
    contradiction = contradiction_of(&settings);
    if (contradiction != NULL) {
        (void)options_misused(&table_of_options, note, size, "%s", contradiction);
        return USAGE;
    }
    return report(&settings, note, size);
}
