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
#include "server/wire/text.h"
#include "shm/ctl/ask.h"
#include "shm/ctl/attend.h"
#include "shm/ctl/check.h"
#include "shm/ctl/limits.h"
#include "shm/ctl/metrics.h"
#include "shm/ctl/outcome.h"
#include "shm/ctl/report_json.h"
#include "shm/ctl/report_text.h"
#include "shm/ctl/survey.h"
#include "shm/ctl/top.h"
#include "shm/ctl/usage.h"
#include "shm/table/view.h"

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
                 text_s(taken->damaged));
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

static enum status drain(const struct table *table, const struct options *options)
{
    char seconds[24];
    const char *words[] = {seconds, options->announce};

    (void)snprintf(seconds, sizeof seconds, "%lu", options->timeout);
    return ask_room(table, options->name, options->command->name, words,
                    options->announce != NULL ? 2 : 1);
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

static enum status (*const commands[])(const struct table *, const struct options *) = {
    [RUN_REPORT] = report, [RUN_COUNT] = count, [RUN_TOP] = top,     [RUN_METRICS] = metrics,
    [RUN_CHECK] = check,   [RUN_ASK] = ask,     [RUN_DRAIN] = drain,
};

static enum status run(const struct options *options)
{
    struct table table;
    enum status status;

    if (view(&table, options->name) != 0) {
        const struct metrics none = {.room = options->name};
        int error = errno;

        /* what collects the metrics is to see that the room is down, not how it was last */
        if (options->command->run == RUN_METRICS && (error == ENOENT || error == EBADMSG) &&
            put_metrics(&none, options) != DONE)
            return FAILED;
        return explain(options->name, error);
    }
    status = commands[options->command->run](&table, options);
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
    if (!usage_parse(&options, argv + (argc > 0), error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        return USAGE;
    }
    if (!options.help && !options.version)
        return (int)(options.own != NULL ? run_own(&options) : run(&options));
    if (options.help)
        usage_help(options.command);
    else
        printf("rollcallctl %s\n", ROLLCALL_VERSION);
    return written() ? DONE : FAILED;
}
