#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/survey.h"

#include <stdlib.h>
#include <string.h>

#include "server/wire/clock.h"
#include "server/wire/name.h"
#include "server/wire/protocol.h"
#include "shm/table/history.h"
#include "shm/table/view.h"

static struct report_line *add_line(struct report *report, size_t number, bool damaged)
{
    /* at a power of two the array is full: double it */
    if ((report->count & (report->count - 1)) == 0) {
        size_t capacity = report->count > 0 ? 2 * report->count : 1;
        struct report_line *more = realloc(report->lines, capacity * sizeof *more);

        if (more == NULL)
            return NULL;
        report->lines = more;
    }
    if (damaged)
        report->damaged++;
    report->lines[report->count] =
        (struct report_line){.number = number, .damaged = damaged, .idle_ns = -1};
    return &report->lines[report->count++];
}

/* Numbers the hands that are up, in the order in which they went up. */
static void number_hands(struct report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct record *client = &report->lines[i].of.client;

        if (report->lines[i].damaged || client->hand_ns == 0)
            continue;
        report->lines[i].hand = 1;
        for (size_t j = 0; j < report->count; j++) {
            const struct record *other = &report->lines[j].of.client;

            if (!report->lines[j].damaged && other->hand_ns != 0 &&
                other->hand_ns < client->hand_ns)
                report->lines[i].hand++;
        }
    }
}

/* Drops the lines of other clients. Those that are damaged may be anybody's, and stay. */
static void take_filtered(struct report *report)
{
    size_t kept = 0;

    report->present = report->count - report->damaged;
    for (size_t i = 0; i < report->count && report->filter != NULL; i++)
        if (report->lines[i].damaged || filter_takes(report->filter, &report->lines[i].of.client))
            report->lines[kept++] = report->lines[i];
    if (report->filter != NULL)
        report->count = kept;
}

/* Looks at every slot, not only below the table's `top`: the parent may not have moved that yet for
 * a client that has just come. */
static int take_clients(struct report *report, const struct table *table)
{
    int64_t now;

    for (uint32_t slot = 0; slot < report->about.slots; slot++) {
        struct record record;
        enum view_state found = view_read(table, slot, &record);
        struct report_line *line;

        if (found == READ_FREE)
            continue;
        line = add_line(report, (size_t)slot + 1, found == READ_TORN);
        if (line == NULL)
            return -1;
        if (found == READ_PRESENT)
            line->of.client = record;
    }
    number_hands(report);
    /* Read after the records: if the daemon lives now, it lived all the time, and no client was
     * active later than now. If the daemon is gone, its monotonic times may be from an earlier
     * boot. */
    now = clock_now();
    report->alive = view_is_alive(table);
    for (size_t i = 0; i < report->count && report->alive; i++) {
        int64_t active = report->lines[i].of.client.active_ns;

        if (active > 0 && active <= now)
            report->lines[i].idle_ns = now - active;
    }
    take_filtered(report);
    return 0;
}

static int take_ended(struct report *report, const struct table *table)
{
    struct ended *list;
    size_t count;
    int failed = 0;

    if (history_sessions(table, &list, &count) != 0)
        return -1;
    for (size_t i = 0; i < count && failed == 0; i++) {
        /* every entry has a serial and a name, unless the table was damaged */
        bool damaged = list[i].serial == 0 || list[i].name[0] == '\0';
        struct report_line *line = add_line(report, i + 1, damaged);

        if (line == NULL)
            failed = -1;
        else
            line->of.ended = list[i];
    }
    free(list);
    return failed;
}

/* ---- transfers */

static bool is_damaged(const struct transfer *transfer)
{
    return transfer->serial == 0 || transfer->client[0] == '\0' || transfer->file[0] == '\0' ||
           transfer->kind >= TRANSFER_KINDS;
}

static int take_handins(struct report *report, const struct transfer *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool damaged = is_damaged(&list[i]);
        struct report_line *line;

        if (!damaged && list[i].kind != TRANSFER_HANDED_IN)
            continue;
        line = add_line(report, report->count + 1, damaged);
        if (line == NULL)
            return -1;
        line->of.transfer = list[i];
    }
    return 0;
}

/* By file, then by session. */
static int by_file(const void *a, const void *b)
{
    const struct transfer *one = a, *other = b;
    int order = strcmp(one->file, other->file);

    if (order == 0)
        order = (one->serial > other->serial) - (one->serial < other->serial);
    return order;
}

static enum report_has what_it_has(const struct transfer *transfer)
{
    if (transfer->kind == TRANSFER_VERIFIED)
        return REPORT_HAS_VERIFIED;
    return transfer->done >= transfer->size ? REPORT_HAS_WHOLE : REPORT_HAS_PART;
}

/* Adds one line for each session that fetched the file: the most that it got. */
static int add_fetched(struct report *report, const struct transfer *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum report_has has = what_it_has(&list[i]);
        struct report_line *line = i > 0 && by_file(&list[i - 1], &list[i]) == 0
                                       ? &report->lines[report->count - 1]
                                       : NULL;

        if (line == NULL)
            line = add_line(report, report->count + 1, false);
        if (line == NULL)
            return -1;
        if (has < line->has || (has == line->has && list[i].done < line->of.transfer.done))
            continue;
        line->has = has;
        line->of.transfer = list[i];
    }
    return 0;
}

/* Sessions from one address belong to one machine, which may run several one after the other; but
 * 127.0.0.1 and ::1 are shared by all users of this machine. */
static bool same_machine(const struct peer *a, const struct peer *b)
{
    static const unsigned char here4[16] = {127, 0, 0, 1}, here6[16] = {[15] = 1};

    return a->family == b->family && a->scope == b->scope &&
           memcmp(a->address, b->address, sizeof a->address) == 0 &&
           memcmp(a->address, a->family == 4 ? here4 : here6, sizeof a->address) != 0;
}

/* Whether a line tells of somebody who has this address or name. A name that nobody chose says
 * nothing: the next client in that slot has it, too. */
static bool is_of(const struct report_line *line, const struct peer *peer, const char *name)
{
    const struct transfer *fetched = &line->of.transfer;

    return same_machine(&fetched->peer, peer) ||
           (!protocol_is_client_name(name) && name_same(fetched->client, name));
}

/* Whoever has fetched a part, and then in another session all of it, has it: of the lines from this
 * one on those about the parts are removed. */
static void drop_parts(struct report *report, size_t from)
{
    size_t kept = from;

    for (size_t i = from; i < report->count; i++) {
        const struct transfer *part = &report->lines[i].of.transfer;
        bool has_all = false;

        for (size_t w = from; w < report->count && !has_all; w++)
            has_all = report->lines[w].has >= REPORT_HAS_WHOLE &&
                      is_of(&report->lines[w], &part->peer, part->client);
        if (report->lines[i].has < REPORT_HAS_WHOLE && has_all)
            continue;
        report->lines[kept] = report->lines[i];
        report->lines[kept].number = kept + 1;
        kept++;
    }
    report->count = kept;
}

/* Adds a line for each client that is present and has not fetched the whole file that lines[from]
 * and those after it are about. */
static int add_missing(struct report *report, const struct table *table, size_t from)
{
    const size_t end = report->count;

    for (uint32_t slot = 0; slot < report->about.slots; slot++) {
        struct record client;
        struct report_line *line;
        bool listed = view_read(table, slot, &client) != READ_PRESENT;

        for (size_t i = from; i < end && !listed; i++)
            listed = report->lines[i].of.transfer.serial == client.serial ||
                     (report->lines[i].has >= REPORT_HAS_WHOLE &&
                      is_of(&report->lines[i], &client.peer, client.name));
        if (listed)
            continue;
        line = add_line(report, report->count + 1, false);
        if (line == NULL)
            return -1;
        line->has = REPORT_HAS_NONE;
        line->of.transfer = report->lines[from].of.transfer;
        line->of.transfer.serial = client.serial;
        line->of.transfer.peer = client.peer;
        line->of.transfer.when = 0;
        line->of.transfer.done = 0;
        memcpy(line->of.transfer.client, client.name, sizeof client.name);
    }
    return 0;
}

static int take_handouts(struct report *report, const struct table *table, struct transfer *list,
                         size_t count)
{
    size_t used = 0, first = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_damaged(&list[i]) && add_line(report, report->count + 1, true) == NULL)
            return -1;
        if (!is_damaged(&list[i]) && list[i].kind != TRANSFER_HANDED_IN)
            list[used++] = list[i];
    }
    if (used > 0)
        qsort(list, used, sizeof *list, by_file);
    for (size_t i = 1; i <= used; i++) {
        size_t from = report->count;

        if (i < used && strcmp(list[first].file, list[i].file) == 0)
            continue;
        if (add_fetched(report, list + first, i - first) != 0)
            return -1;
        drop_parts(report, from);
        if (add_missing(report, table, from) != 0)
            return -1;
        first = i;
    }
    return 0;
}

static int take_transfers(struct report *report, const struct table *table)
{
    struct transfer *list;
    size_t count;
    int failed;

    if (history_transfers(table, &list, &count) != 0)
        return -1;
    failed = report->kind == REPORT_HANDINS ? take_handins(report, list, count)
                                            : take_handouts(report, table, list, count);
    free(list);
    return failed;
}

int survey_take(struct report *report, const struct table *table)
{
    int failed = -1;

    report->about = view_about(table);
    if (!view_missing(table, report->missing))
        report->missing[0] = '\0';
    report->counters = view_counters(table);
    switch (report->kind) {
    case REPORT_STATUS:
        failed = take_clients(report, table);
        break;
    case REPORT_HISTORY:
        failed = take_ended(report, table);
        break;
    case REPORT_HANDOUTS:
    case REPORT_HANDINS:
        failed = take_transfers(report, table);
        break;
    }
    report->alive = view_is_alive(table);
    return failed;
}

void survey_free(struct report *report)
{
    free(report->lines);
}
