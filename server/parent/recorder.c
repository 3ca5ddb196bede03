#define _POSIX_C_SOURCE 200809L

#include "server/parent/recorder.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/events.h"
#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "shm/table/registry.h"

#define KEPT (offsetof(struct journal_note, text) + FILE_NAME_SIZE) /* bytes of a note */

int recorder_init(struct recorder *recorder, int channel, pid_t keeper)
{
    *recorder = (struct recorder){.channel = channel, .keeper = keeper};
    if (channel < 0)
        return 0;
    recorder->queue = platform_private_memory(LIMIT_JOURNAL_QUEUE * KEPT);
    return recorder->queue != NULL ? 0 : -1;
}

void recorder_reaped(struct recorder *recorder, pid_t child)
{
    if (child == recorder->keeper)
        recorder->keeper = -1;
}

/* Nobody has the other end of the channel any more. */
static void give_up(struct recorder *recorder)
{
    if (!recorder->gone)
        event_journal_gone();
    recorder->gone = true;
}

void recorder_look(struct recorder *recorder)
{
    struct pollfd channel = {.fd = recorder->channel};

    if (recorder->channel < 0)
        return;
    if (recorder->keeper > 0 && waitpid(recorder->keeper, NULL, WNOHANG) == recorder->keeper)
        recorder_reaped(recorder, recorder->keeper);
    if (poll(&channel, 1, 0) > 0 && (channel.revents & (POLLHUP | POLLERR)) != 0)
        give_up(recorder);
}

static void *queued(const struct recorder *recorder, size_t i)
{
    return (char *)recorder->queue + (recorder->first + i) % LIMIT_JOURNAL_QUEUE * KEPT;
}

/* The text of the parent's notes is no longer than the name of a file in the table. */
static int send_head(struct recorder *recorder, const void *head)
{
    struct journal_note note;

    memcpy(&note, head, KEPT);
    if (journal_tell(recorder->channel, &note) == 0)
        return 0;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
        give_up(recorder);
    return -1;
}

static void stamp(struct recorder *recorder, struct journal_note *note)
{
    note->number = ++recorder->number;
    note->when = clock_wall_ms();
    note->boot = platform_boot_ms();
}

/* What was lost is told as soon as there is room for it. */
static void tell_lost(struct recorder *recorder)
{
    struct journal_note note = {.event = JOURNAL_LOST, .count = recorder->lost};

    if (recorder->lost == 0)
        return;
    stamp(recorder, &note);
    if (send_head(recorder, &note) == 0)
        recorder->lost = 0;
}

bool recorder_send(struct recorder *recorder)
{
    if (recorder->channel < 0 || recorder->gone)
        return true;
    while (recorder->count > 0 && send_head(recorder, queued(recorder, 0)) == 0) {
        recorder->first = (recorder->first + 1) % LIMIT_JOURNAL_QUEUE;
        recorder->count--;
    }
    if (recorder->count == 0)
        tell_lost(recorder);
    return recorder->count == 0 && recorder->lost == 0;
}

static void tell(struct recorder *recorder, struct table *table, struct journal_note *note)
{
    if (recorder->channel < 0)
        return;
    stamp(recorder, note);
    if (!recorder->gone && recorder_send(recorder) && send_head(recorder, note) == 0)
        return;
    if (!recorder->gone && recorder->count < LIMIT_JOURNAL_QUEUE) {
        memcpy(queued(recorder, recorder->count++), note, KEPT);
        return;
    }
    registry_count_unrecorded(table, 1);
    recorder->lost++;
    if (!recorder->gone && clock_now() - recorder->lost_logged > CLOCK_S) {
        recorder->lost_logged = clock_now();
        event_journal_lost(recorder->lost);
    }
}

void recorder_arrived(struct recorder *recorder, struct table *table,
                      const struct admitted *admitted, pid_t pid, bool asked)
{
    struct journal_note note;

    if (recorder->channel < 0) /* before the note's pages are touched */
        return;
    note = (struct journal_note){.event = asked ? JOURNAL_KNOCKED : JOURNAL_ARRIVED,
                                 .slot = admitted->slot,
                                 .serial = admitted->serial,
                                 .pid = pid,
                                 .via = admitted->via,
                                 .peer = admitted->peer};
    tell(recorder, table, &note);
}

void recorder_left(struct recorder *recorder, struct table *table, uint32_t slot, uint64_t serial,
                   enum left_why why, int signal)
{
    struct journal_note note;

    if (recorder->channel < 0)
        return;
    note = (struct journal_note){.event = JOURNAL_LEFT,
                                 .slot = slot,
                                 .serial = serial,
                                 .why = why,
                                 .count = (uint64_t)signal};
    tell(recorder, table, &note);
}

void recorder_refused(struct recorder *recorder, struct table *table, enum refused_why why,
                      uint64_t count)
{
    struct journal_note note;

    if (recorder->channel < 0)
        return;
    note = (struct journal_note){.event = JOURNAL_REFUSED, .why = why, .count = count};
    tell(recorder, table, &note);
}

bool recorder_carry(struct recorder *recorder, struct parcel *parcel)
{
    if (recorder->channel < 0)
        return true;
    if (!parcel->packs) {
        recorder->queue = platform_private_memory(LIMIT_JOURNAL_QUEUE * KEPT);
        if (recorder->queue == NULL)
            return false;
        recorder->first = 0;
        if (recorder->count > LIMIT_JOURNAL_QUEUE)
            parcel_fail(parcel);
    }
    for (size_t i = 0; i < recorder->count && parcel->failed == NULL; i++)
        parcel_bytes(parcel, queued(recorder, i), KEPT);
    return true;
}

void recorder_fetched(struct recorder *recorder, struct table *table, uint32_t slot,
                      const struct transfer *transfer, bool known)
{
    struct journal_note note;

    if (recorder->channel < 0)
        return;
    note = (struct journal_note){.event = JOURNAL_FETCHED,
                                 .slot = slot,
                                 .serial = known ? transfer->serial : 0,
                                 .done = transfer->done,
                                 .size = transfer->size,
                                 .peer = transfer->peer};
    memcpy(note.text, transfer->file, sizeof transfer->file);
    if (known)
        memcpy(note.name, transfer->client, sizeof note.name);
    tell(recorder, table, &note);
}

/* ---- waiting, at the start and at the end alone */

/* The next answer, or -1 with errno: EPIPE where no clerk is left. */
static int receive(struct recorder *recorder, struct journal_answer *answer, int ms)
{
    struct pollfd from = {.fd = recorder->channel, .events = POLLIN};
    int64_t until = clock_now() + ms * CLOCK_MS;
    ssize_t got;

    do {
        int64_t left = until - clock_now();

        (void)poll(&from, 1, left > 0 ? (int)(left / CLOCK_MS) + 1 : 0);
        got = recv(recorder->channel, answer, sizeof *answer, 0);
    } while (got < 0 && (errno == EAGAIN || errno == EINTR) && clock_now() < until);
    if (got == (ssize_t)sizeof *answer)
        return 0;
    if (got < 0 && errno == EAGAIN && ms > 0)
        errno = ETIMEDOUT;
    else if (got >= 0)
        errno = EPIPE;
    return -1;
}

int recorder_start(struct recorder *recorder, uint64_t *serial)
{
    struct journal_note note = {.event = JOURNAL_STARTED, .pid = (int64_t)getpid()};
    struct journal_answer answer;

    if (receive(recorder, &answer, LIMIT_JOURNAL_START_MS) != 0)
        return -1;
    if (answer.error != 0) {
        errno = answer.error;
        return -1;
    }
    *serial = answer.serial;
    stamp(recorder, &note);
    return send_head(recorder, &note);
}

int recorder_ask_reopen(struct recorder *recorder)
{
    struct journal_note note = {.event = JOURNAL_REOPEN};

    if (recorder->gone) {
        errno = EPIPE;
        return -1;
    }
    return recorder_send(recorder) ? send_head(recorder, &note) : -1;
}

int recorder_reopened(struct recorder *recorder, int *error)
{
    struct journal_answer answer;

    if (receive(recorder, &answer, 0) != 0)
        return -1;
    *error = answer.error;
    return 0;
}

void recorder_end(struct recorder *recorder, struct table *table)
{
    struct journal_note note = {.event = JOURNAL_ENDED};
    struct journal_answer answer;
    int64_t until = clock_now() + LIMIT_JOURNAL_END_MS * CLOCK_MS;

    if (recorder->channel < 0)
        return;
    tell(recorder, table, &note);
    while (!recorder_send(recorder) && clock_now() < until)
        (void)poll(&(struct pollfd){.fd = recorder->channel, .events = POLLOUT}, 1, 10);
    (void)shutdown(recorder->channel, SHUT_WR);
    while (clock_now() < until &&
           (receive(recorder, &answer, LIMIT_JOURNAL_END_MS) == 0 || errno == ETIMEDOUT))
        ;
}
