#define _POSIX_C_SOURCE 200809L

#include "shm/ctl/attendance.h"

#include <stdlib.h>
#include <string.h>

#include "server/wire/name.h"

/* ---- persons */

static bool is_within(const struct attendance_question *question, const struct stay *stay)
{
    /* a clock that was set back during a stay ends it before it began */
    int64_t begin = stay->from < stay->until ? stay->from : stay->until;
    int64_t end = stay->from < stay->until ? stay->until : stay->from;

    return !stay->nobody && end >= question->from && begin <= question->to;
}

bool attendance_counts(const struct attendance_question *question, const struct deed *deed)
{
    return deed->when <= question->to && (question->is_moment || deed->when >= question->from);
}

/* A name that no roster has: found, or made. */
static size_t find_stranger(struct attendance *attendance, size_t from, const char *name)
{
    for (size_t i = from; i < attendance->count; i++)
        if (name_same(attendance->person[i].name, name))
            return i;
    attendance->person[attendance->count].name = name;
    return attendance->count++;
}

static int by_name(const void *a, const void *b)
{
    const struct person *one = a, *other = b;

    return name_compare(one->name, other->name);
}

/* Finds out who is who, and sorts those whom the roster does not have. */
static void name_persons(struct attendance *attendance, const struct ledger *ledger,
                         const struct attendance_question *question)
{
    const struct roster *roster = question->roster;
    size_t expected = roster != NULL ? roster->count : 0;

    for (size_t i = 0; i < expected; i++)
        attendance->person[i] = (struct person){.name = roster->name[i], .expected = true};
    attendance->count = expected;
    for (int turn = 0; turn < 2; turn++) { /* once to know the names, and once they are sorted */
        for (size_t i = 0; i < ledger->stays; i++) {
            const struct stay *stay = &ledger->stay[i];
            size_t person = ROSTER_NOBODY;

            if (!is_within(question, stay))
                continue;
            if (roster != NULL)
                person = roster_find(roster, stay->name, stay->address);
            if (person == ROSTER_NOBODY)
                person = find_stranger(attendance, expected, stay->name);
            attendance->of_stay[i] = person;
        }
        if (turn == 0 && attendance->count > expected)
            qsort(attendance->person + expected, attendance->count - expected,
                  sizeof *attendance->person, by_name);
    }
    for (size_t i = expected; i < attendance->count; i++)
        attendance->person[i].unknown = roster != NULL;
}

/* ---- times */

/* A stretch of time in which a person was here without a pause, on one boot's clock. */
struct stretch {
    size_t boot;
    int64_t boot_from, boot_until, until;
};

/* What of a stay lies in the span: each bound is moved onto the boot's clock where the stay is
 * nearest to it. */
static struct stretch cut(const struct attendance_question *question, const struct stay *stay)
{
    struct stretch part = {.boot = stay->boot,
                           .boot_from = stay->boot_from,
                           .boot_until = stay->boot_until,
                           .until = stay->until};

    if (stay->from < question->from && !question->is_moment)
        part.boot_from += question->from - stay->from;
    if (stay->until > question->to)
        part.boot_until -= stay->until - question->to;
    if (part.boot_until < part.boot_from)
        part.boot_until = part.boot_from;
    if (question->is_moment)
        part.until = question->to;
    return part;
}

/* How long the person was away between two stays; negative: they overlap. The wall clock tells only
 * where nothing else does. */
static int64_t pause_between(const struct stretch *before, const struct stretch *part,
                             const struct stay *stay)
{
    return before->boot == part->boot ? part->boot_from - before->boot_until
                                      : stay->from - before->until;
}

static bool is_earlier(const struct stay *one, const struct stay *other)
{
    return one->boot != other->boot ? one->boot < other->boot : one->boot_from < other->boot_from;
}

/* By time. The journal has them nearly in that order, so inserting each costs little. */
static void sort_stays(struct person *person, const struct ledger *ledger)
{
    for (size_t i = 1; i < person->stays; i++) {
        size_t moved = person->stay[i], at = i;

        for (; at > 0 && is_earlier(&ledger->stay[moved], &ledger->stay[person->stay[at - 1]]);
             at--)
            person->stay[at] = person->stay[at - 1];
        person->stay[at] = moved;
    }
}

/* Adds up a person's stays, in the order of their times. Short pauses count as presence. */
static void add_up(struct person *person, const struct ledger *ledger,
                   const struct attendance_question *question)
{
    struct stretch all = {.boot = 0};

    sort_stays(person, ledger);
    for (size_t i = 0; i < person->stays; i++) {
        const struct stay *stay = &ledger->stay[person->stay[i]];
        struct stretch part = cut(question, stay);
        int64_t pause = i > 0 ? pause_between(&all, &part, stay) : 0;
        bool goes_on = i > 0 && pause <= question->gap && (all.boot == part.boot || pause >= 0);

        if (!goes_on) {
            person->arrivals++;
            person->total += part.boot_until - part.boot_from;
            all = part;
        } else if (all.boot != part.boot) {
            person->total += pause + part.boot_until - part.boot_from;
            all = part;
        } else if (part.boot_until > all.boot_until) {
            person->total += part.boot_until - all.boot_until;
            all.boot_until = part.boot_until;
            all.until = part.until;
        }
        person->here |= stay->open || question->is_moment;
        if (i == 0)
            person->first = stay->from;
        person->last = all.until;
    }
    person->departures = person->arrivals - (person->here && person->arrivals > 0);
    person->late = question->start != 0 && person->arrivals > 0 &&
                   person->first > question->start + question->late;
    person->gone_early = question->end != 0 && person->arrivals > 0 && !person->here &&
                         person->last < question->end - question->early;
}

static void collect(struct attendance *attendance, const struct ledger *ledger,
                    const struct attendance_question *question)
{
    size_t *next = attendance->stays;

    for (size_t i = 0; i < ledger->stays; i++)
        if (is_within(question, &ledger->stay[i]))
            attendance->person[attendance->of_stay[i]].stays++;
    for (size_t i = 0; i < attendance->count; i++) {
        attendance->person[i].stay = next;
        next += attendance->person[i].stays;
        attendance->person[i].stays = 0;
    }
    for (size_t i = 0; i < ledger->stays; i++) {
        struct person *person;

        if (!is_within(question, &ledger->stay[i]))
            continue;
        person = &attendance->person[attendance->of_stay[i]];
        person->stay[person->stays++] = i;
    }
}

/* ---- deeds */

struct done {
    size_t person;
    enum deed_kind kind;
    const char *file;
};

static int by_person(const void *a, const void *b)
{
    const struct done *one = a, *other = b;

    if (one->person != other->person)
        return one->person < other->person ? -1 : 1;
    return one->kind != other->kind ? (int)one->kind - (int)other->kind
                                    : strcmp(one->file, other->file);
}

static bool is_whole(const struct deed *deed)
{
    return deed->kind != DEED_FETCHED || deed->done >= deed->size;
}

/* Counts each file once: it may have been fetched or handed in again, or have come in parts.
 * Returns 0, or -1 where there is no memory. */
static int count_deeds(struct attendance *attendance, const struct ledger *ledger,
                       const struct attendance_question *question)
{
    struct done *done = calloc(ledger->deeds + 1, sizeof *done);
    size_t count = 0;

    if (done == NULL)
        return -1;
    for (size_t i = 0; i < ledger->deeds; i++) {
        const struct deed *deed = &ledger->deed[i];

        if (is_whole(deed) && attendance_counts(question, deed) &&
            is_within(question, &ledger->stay[deed->stay]))
            done[count++] = (struct done){
                .person = attendance->of_stay[deed->stay], .kind = deed->kind, .file = deed->file};
    }
    qsort(done, count, sizeof *done, by_person);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || by_person(&done[i - 1], &done[i]) != 0)
            attendance->person[done[i].person].deeds[done[i].kind]++;
    free(done);
    return 0;
}

int attendance_take(struct attendance *attendance, const struct ledger *ledger,
                    const struct attendance_question *question)
{
    size_t most = ledger->stays + (question->roster != NULL ? question->roster->count : 0);

    *attendance = (struct attendance){.count = 0};
    attendance->person = calloc(most + 1, sizeof *attendance->person);
    attendance->of_stay = calloc(ledger->stays + 1, sizeof *attendance->of_stay);
    attendance->stays = calloc(ledger->stays + 1, sizeof *attendance->stays);
    if (attendance->person == NULL || attendance->of_stay == NULL || attendance->stays == NULL)
        return -1;
    name_persons(attendance, ledger, question);
    collect(attendance, ledger, question);
    if (count_deeds(attendance, ledger, question) != 0)
        return -1;
    for (size_t i = 0; i < attendance->count; i++)
        add_up(&attendance->person[i], ledger, question);
    return 0;
}

void attendance_free(struct attendance *attendance)
{
    free(attendance->person);
    free(attendance->of_stay);
    free(attendance->stays);
}
