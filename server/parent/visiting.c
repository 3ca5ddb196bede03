#define _POSIX_C_SOURCE 200809L

#include "server/parent/visiting.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/log.h"
#include "server/parent/parent.h"
#include "server/parent/reaper.h"
#include "server/parent/recovery.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"
#include "shm/table/registry.h"
#include "shm/table/view.h"

bool visiting_may_begin(const struct parent *parent, const struct peer *peer)
{
    const struct visits *visits = &parent->visits;
    uint32_t same = 0;

    for (uint32_t i = 0; i < visits->count; i++)
        same += admission_same_address(&visits->entry[i].peer, peer);
    return visits->count < LIMIT_VISITS &&
           (same < LIMIT_VISITS_ADDRESS || networks_have(&parent->admission.limits->exempt, peer) ||
            networks_have(&parent->admission.limits->proxies, peer));
}

/* ---- the beginning */

static pid_t fork_visit(struct parent *parent, const struct visitor *visitor)
{
    const int keep[] = {parent->share,     visitor->fd,      visitor->parent,
                        visitor->lifeline, log_descriptor(), log_directory()};
    int highest = parent_highest_descriptor(parent);
    pid_t pid = platform_fork();

    if (pid == 0)
        platform_close_all_but(keep, sizeof keep / sizeof keep[0], highest);
    return pid;
}

int visiting_begin(struct parent *parent, enum visit_kind kind, int fd, const struct peer *peer,
                   struct visitor *visitor)
{
    int channel[2], failed;
    pid_t pid;

    if (platform_record_channel(channel) != 0)
        return -1;
    *visitor = (struct visitor){.kind = kind,
                                .fd = fd,
                                .parent = channel[1],
                                .lifeline = parent->lifeline[0],
                                .peer = *peer,
                                .came_ns = clock_now()};
    peer_text(peer, visitor->from);
    pid = fork_visit(parent, visitor);
    if (pid == 0) {
        close(channel[0]); /* which is not in the parent's book yet */
        return 1;
    }
    failed = errno;
    close(channel[1]);
    if (pid < 0) {
        close(channel[0]);
        errno = failed;
        return -1;
    }
    parent->visits.entry[parent->visits.count++] =
        (struct visit_entry){.pid = pid,
                             .fd = fd,
                             .channel = channel[0],
                             .kind = kind,
                             .peer = *peer,
                             .until = visitor->came_ns + LIMIT_VISIT_MS * CLOCK_MS};
    return 0;
}

/* ---- notes */

/* Looks up the name that a session has now. False: it is not there. */
static bool find_name(const struct parent *parent, struct visit_member *member)
{
    struct record record;

    if (member->serial == 0 || member->slot >= parent->slots.top ||
        parent->slots.entry[member->slot].pid == 0 ||
        parent->slots.entry[member->slot].serial != member->serial ||
        view_read(parent->table, member->slot, &record) != READ_PRESENT ||
        record.serial != member->serial || !protocol_name_valid(record.name))
        return false;
    memcpy(member->name, record.name, sizeof member->name);
    return true;
}

/* A file went out. A visit has no slot, and so cannot write that down itself. */
static void note_fetched(struct parent *parent, struct visit_entry *visit,
                         const struct visit_note *note)
{
    struct visit_member *member = &visit->member;
    struct transfer transfer = {.kind = TRANSFER_SENT,
                                .serial = member->serial,
                                .peer = visit->peer,
                                .when = (int64_t)time(NULL),
                                .done = note->done,
                                .size = note->size};
    struct dead dead = {.count = 0};
    size_t length = strnlen(note->file, sizeof note->file);

    if (length == 0 || length == sizeof note->file || !text_is_clean(note->file, length) ||
        note->done > note->size)
        return;
    memcpy(transfer.file, note->file, length);
    (void)find_name(parent, member); /* it may have taken another one meanwhile */
    memcpy(transfer.client, member->name, sizeof transfer.client);
    if (member->serial == 0) {
        transfer.serial = peer_serial(&visit->peer);
        peer_text(&visit->peer, transfer.client);
    }
    recovery_take_lock(parent, &dead);
    registry_refill_transfer(parent->table, &transfer);
    recovery_give_lock(parent);
    reaper_close_dead(parent, &dead, false);
    recorder_fetched(&parent->recorder, parent->table, member->slot, &transfer,
                     member->serial != 0);
}

/* Only who reads a proxy's header says whose connection it is. */
static void admit(struct visit_entry *visit, const struct visit_note *note)
{
    visit->admit = true;
    visit->waits = note->word == VISIT_WAITS;
    if (!visit_is_http(visit->kind) && (note->peer.family == 4 || note->peer.family == 6))
        visit->peer = note->peer;
}

/* Files that go out slowly leave room for visits that are short. */
static bool may_send(const struct parent *parent, const struct visit_entry *visit)
{
    const struct visits *visits = &parent->visits;
    uint32_t all = 0, same = 0;

    for (uint32_t i = 0; i < visits->count; i++) {
        const struct visit_entry *other = &visits->entry[i];

        if (other->until != INT64_MAX || other->channel < 0)
            continue;
        all++;
        same += admission_same_address(&other->peer, &visit->peer);
    }
    return all < LIMIT_VISITS_SENDING &&
           (same < LIMIT_SENDING_ADDRESS ||
            networks_have(&parent->admission.limits->exempt, &visit->peer) ||
            networks_have(&parent->admission.limits->proxies, &visit->peer));
}

/* From then on the visit measures the pace, and ends with the daemon. It may name the session of a
 * member only while that is there. */
static void answer_sends(const struct parent *parent, struct visit_entry *visit,
                         const struct visit_note *note)
{
    const char may = may_send(parent, visit);

    if (may)
        visit->until = INT64_MAX;
    visit->member = (struct visit_member){.serial = note->serial, .slot = note->slot};
    if (!find_name(parent, &visit->member))
        visit->member = (struct visit_member){.serial = 0};
    (void)platform_send_now(visit->channel, &may, sizeof may);
}

/* Returns whether the channel has ended. A visit can send more than what it should, but not faster
 * than the parent hears others. */
static bool hear(struct parent *parent, struct visit_entry *visit)
{
    struct visit_note note;

    for (int turn = 0; turn < LIMIT_REQUESTS_TURN; turn++) {
        ssize_t got = recv(visit->channel, &note, sizeof note, 0);

        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return true;
        if (got != (ssize_t)sizeof note)
            return false;
        if (note.word == VISIT_ADMIT || note.word == VISIT_WAITS)
            admit(visit, &note);
        else if (note.word == VISIT_SENDS)
            answer_sends(parent, visit, &note);
        else if (note.word == VISIT_FETCHED)
            note_fetched(parent, visit, &note);
    }
    return false;
}

/* ---- the end */

/* What is left of a visit that has closed its channel has nothing to do any more. Its connection is
 * the caller's if it is to be admitted. */
static int end(struct visit_entry *visit)
{
    int fd = visit->fd;

    close(visit->channel);
    visit->channel = visit->fd = -1;
    if (visit->pid != 0)
        kill(visit->pid, SIGKILL);
    if (visit->admit)
        return fd;
    close(fd);
    return -1;
}

static bool is_reaped(struct visit_entry *visit)
{
    int status;

    if (visit->pid != 0 && waitpid(visit->pid, &status, WNOHANG) != 0)
        visit->pid = 0;
    return visit->pid == 0;
}

int visiting_run(struct parent *parent, const fd_set *read, int64_t now, struct visit_entry *ended)
{
    struct visits *visits = &parent->visits;
    int fd = -1;

    for (uint32_t i = visits->count; i-- > 0 && fd < 0;) {
        struct visit_entry *visit = &visits->entry[i];

        if (visit->channel >= 0 && now >= visit->until && visit->pid != 0)
            kill(visit->pid, SIGKILL);
        if (descriptors_have(read, visit->channel) && hear(parent, visit)) {
            *ended = *visit;
            fd = end(visit);
            if (fd < 0 && !visit_is_http(visit->kind))
                refusal_count(&parent->refusal, parent->table, REFUSED_PROTOCOL);
        }
        if (visit->channel < 0 && is_reaped(visit))
            *visit = visits->entry[--visits->count];
    }
    return fd;
}
