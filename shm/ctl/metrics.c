#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/wire/clock.h"
#include "shm/table/view.h"

#define PAUSE_NS 200000 /* between two looks: an announcement or a message takes less */

/* ---- taking */

static void take_clients(struct metrics *metrics, const struct table *table)
{
    struct record client;

    for (uint32_t slot = 0; slot < metrics->about.slots; slot++) {
        if (view_read(table, slot, &client) != READ_PRESENT)
            continue;
        metrics->present++;
        metrics->hands += client.hand_ns != 0;
        metrics->transfers += client.doing[0] != '\0';
        metrics->totals.requests += client.requests;
        metrics->totals.messages += client.messages;
        metrics->totals.bytes_in += client.bytes_in;
        metrics->totals.bytes_out += client.bytes_out;
    }
}

/* A session that ends moves from the clients to the sums under the lock. */
int metrics_take(struct metrics *metrics, const struct table *table, int patience_ms)
{
    const int64_t until = clock_now() + patience_ms * CLOCK_MS;
    const char *room = metrics->room;

    for (;;) {
        struct view_lock before = view_lock(table), after;

        *metrics = (struct metrics){.room = room,
                                    .up = view_is_alive(table),
                                    .about = view_about(table),
                                    .counters = view_counters(table),
                                    .totals = view_totals(table)};
        take_clients(metrics, table);
        after = view_lock(table);
        if (!metrics->up || view_was_free(&before, &after))
            return 0;
        if (clock_now() > until) {
            errno = ETIMEDOUT;
            return -1;
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}

/* ---- writing */

/* The lines in front of the values of one metric. */
static void describe(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP rollcall_%s %s\n# TYPE rollcall_%s %s\n", name, help, name, type);
}

static void write_one(const struct metrics *metrics, FILE *out, const char *name, const char *type,
                      const char *help, uint64_t value)
{
    describe(out, name, type, help);
    fprintf(out, "rollcall_%s{room=\"%s\"} %" PRIu64 "\n", name, metrics->room, value);
}

static void write_state(const struct metrics *metrics, FILE *out)
{
    const struct {
        const char *name, *help;
        uint64_t value;
    } rows[] = {
        {"start_time_seconds", "When the daemon started, in seconds since the Epoch.",
         metrics->about.started > 0 ? (uint64_t)metrics->about.started : 0},
        {"slots", "Clients that there is room for.", metrics->about.limit},
        {"draining", "Whether the daemon ends when those present have left.",
         metrics->about.draining != 0},
        {"waiting", "Clients that wait for a place in the full room.", metrics->about.waiting},
        {"clients", "Clients that are present.", metrics->present},
        {"hands", "Raised hands.", metrics->hands},
        {"transfers", "Clients that fetch a file or hand one in.", metrics->transfers},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        write_one(metrics, out, rows[i].name, "gauge", rows[i].help, rows[i].value);
}

static void write_counters(const struct metrics *metrics, FILE *out)
{
    const struct counters *counters = &metrics->counters;
    const struct totals *totals = &metrics->totals;
    const struct {
        const char *name, *help;
        uint64_t value;
    } rows[] = {
        {"accepted_total", "Clients that were accepted.", counters->accepted},
        {"recovered_total",
         "Times that the table's lock was recovered from a dead or stuck handler.",
         counters->recovered},
        {"lock_waits_total", "Times that a handler waited for the table's lock.",
         counters->lock_waits},
        {"journal_lost_total", "Events that should be in the journal, and are not.",
         counters->unrecorded},
        {"log_lost_total", "Lines that the log could not take.", counters->log_lost},
        {"slowed_total", "Times that a client asked too fast and was made to wait.",
         counters->slowed},
        {"requests_total", "Lines that clients sent.", totals->requests},
        {"messages_total", "Messages among them.", totals->messages},
        {"received_bytes_total", "Bytes from clients.", totals->bytes_in},
        {"sent_bytes_total", "Bytes to clients.", totals->bytes_out},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        write_one(metrics, out, rows[i].name, "counter", rows[i].help, rows[i].value);
}

static void write_reasons(const struct metrics *metrics, FILE *out)
{
    describe(out, "refused_total", "counter", "Clients that were refused, by reason.");
    for (int why = 0; why < REFUSED_REASONS; why++)
        fprintf(out, "rollcall_refused_total{room=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                metrics->room, refused_reason((enum refused_why)why)->key,
                metrics->counters.refused[why]);
    describe(out, "left_total", "counter", "Sessions that have ended, by reason.");
    for (int why = 0; why < LEFT_REASONS; why++)
        fprintf(out, "rollcall_left_total{room=\"%s\",reason=\"%s\"} %" PRIu64 "\n", metrics->room,
                left_reason((enum left_why)why)->key, metrics->counters.left[why]);
}

static void write_lengths(const struct metrics *metrics, FILE *out)
{
    static const char name[] = "session_seconds";
    const struct totals *totals = &metrics->totals;
    uint64_t count = 0;

    describe(out, name, "histogram", "How long the sessions lasted that have ended.");
    for (size_t i = 0; i < LASTED_BOUNDS; i++) {
        count += totals->lasted[i];
        fprintf(out, "rollcall_%s_bucket{room=\"%s\",le=\"%" PRIu32 "\"} %" PRIu64 "\n", name,
                metrics->room, lasted_bound(i), count);
    }
    count += totals->lasted[LASTED_BOUNDS];
    fprintf(out, "rollcall_%s_bucket{room=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, metrics->room,
            count);
    /* of integers, because a locale may write a decimal comma */
    fprintf(out, "rollcall_%s_sum{room=\"%s\"} %" PRIu64 ".%03" PRIu64 "\n", name, metrics->room,
            totals->lasted_ns / 1000000000, totals->lasted_ns % 1000000000 / 1000000);
    fprintf(out, "rollcall_%s_count{room=\"%s\"} %" PRIu64 "\n", name, metrics->room, count);
}

void metrics_write(const struct metrics *metrics, FILE *out)
{
    write_one(metrics, out, "up", "gauge", "Whether the daemon runs.", metrics->up);
    if (metrics->about.slots == 0)
        return;
    write_state(metrics, out);
    write_counters(metrics, out);
    write_reasons(metrics, out);
    write_lengths(metrics, out);
}

/* ---- into a file */

/* Writes and closes. Returns 0, or an errno. */
static int fill(int fd, const struct metrics *metrics)
{
    FILE *out = fdopen(fd, "w");
    int failed = 0;

    if (out == NULL) {
        failed = errno;
        close(fd);
        return failed;
    }
    metrics_write(metrics, out);
    if (fflush(out) != 0 || ferror(out) || fsync(fd) != 0)
        failed = errno;
    if (fclose(out) != 0 && failed == 0)
        failed = errno;
    return failed;
}

/* The other name does not end in ".prom", so node_exporter does not read it. */
int metrics_store(const struct metrics *metrics, const char *path)
{
    char fresh[PATH_MAX];
    struct stat st;
    int fd, failed, length;

    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    length = snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof fresh) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    failed = fill(fd, metrics);
    if (failed == 0 && rename(fresh, path) != 0)
        failed = errno;
    if (failed == 0)
        return 0;
    (void)unlink(fresh);
    errno = failed;
    return -1;
}
