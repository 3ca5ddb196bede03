#define _POSIX_C_SOURCE 200809L

#include "server/handler/incoming.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/inbox.h"
#include "server/handler/pace.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/text.h"
#include "shm/table/types.h"

/* ---- replies */

void incoming_refuse(struct session *session, const char *name, uint64_t length, int error,
                     bool early)
{
    const struct inbox_limits *limits = &session->service->inbox->limits;

    switch (error) {
    case EFBIG:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM,
                   "Too large: at most %" PRIu64 " byte%s a file.", limits->file,
                   text_s(limits->file));
        break;
    case EDQUOT:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM,
                   "Too much: at most %" PRIu64 " byte%s of all that you hand in.", limits->client,
                   text_s(limits->client));
        break;
    case EMFILE:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM, "Too many: at most %lu file%s.",
                   limits->files, text_s(limits->files));
        break;
    case ENOSPC:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM, "No room for %" PRIu64 " byte%s.",
                   length, text_s(length));
        break;
    default:
        if (!wait_is_shutdown(session))
            reply_line(session, early ? REPLY_CUT : REPLY_BUSY,
                       "The file cannot be stored now, try again later.");
        break;
    }
    event_not_handed_in(session->me.name, name, length, error);
}

/* Writes the receipt into the table and the log, and sends it. */
static void acknowledge(struct session *session, struct transfer *transfer, const char *name)
{
    static const char *const words[EARLIERS] = {"new", "same", "kept"};
    char hex[SHA256_HEX_SIZE], when[CLOCK_UTC_SIZE];

    sha256_hex(hex, transfer->digest);
    transfer->kind = TRANSFER_HANDED_IN;
    transfer->done = transfer->size;
    if (!transfer_note(session, transfer, name))
        return;
    event_handed_in(session->me.name, transfer, hex, words[transfer->earlier]);
    clock_utc(when, (time_t)transfer->when);
    reply_line(session, REPLY_HANDED_IN, "sha256 %s %" PRIu64 " %s %s %s", hex, transfer->size,
               when, words[transfer->earlier], name);
}

/* ---- the end */

void incoming_end(struct session *session, struct incoming *incoming)
{
    struct handin *handin = &incoming->handin;
    bool broke_off =
        incoming->open && handin->unfinished[0] != '\0' && handin->is_part && !incoming->is_other;

    digest_end(session, &incoming->digest);
    if (broke_off && session->incoming != NULL && handin->received > 0)
        event_handin_broke_off(session->me.name, incoming->name, handin->received, handin->length);
    if (incoming->open)
        handin_end(handin, broke_off);
    incoming->open = false;
    if (session->incoming == NULL)
        return;
    session->incoming = NULL;
    transfer_expect_end(session);
    pace_answering(session); /* the client was not idle until now */
}

static enum work_turn go_on(struct session *session, void *context)
{
    struct incoming *incoming = context;

    return incoming->step(session, incoming);
}

static void drop(struct session *session, void *context)
{
    incoming_end(session, context);
}

static const struct work work = {go_on, drop};

bool incoming_is_last(const struct session *session, uint64_t length)
{
    const struct incoming *incoming = session->incoming;

    return incoming != NULL && incoming->hex[0] == '\0' && incoming->left == length;
}

bool incoming_has_name(const struct session *session)
{
    return session->incoming != NULL || session->working.work == &work;
}

/* Whether the digest is the one with these digits. */
static bool is_digest(const unsigned char digest[SHA256_SIZE], const char *hex)
{
    char digits[SHA256_HEX_SIZE];

    sha256_hex(digits, digest);
    return strcmp(digits, hex) == 0;
}

/* ---- after the last byte */

/* The client's file of that name has the same content. */
static void answer_same(struct session *session, struct incoming *incoming)
{
    struct transfer transfer = {.earlier = EARLIER_SAME, .size = incoming->length};

    memcpy(transfer.digest, incoming->digest.bytes, sizeof transfer.digest);
    acknowledge(session, &transfer, incoming->name);
}

/* Begins to compare with the client's file of that name. False: it is another file, or there is
 * none. */
static bool compares(struct incoming *incoming, const struct session *session)
{
    struct stat st;
    int file = handin_open_earlier(session->service->inbox, incoming->client, incoming->name, &st);

    if (file >= 0 && (uint64_t)st.st_size == incoming->length) {
        digest_begin(&incoming->digest, file, incoming->name, &st);
        return true;
    }
    if (file >= 0)
        close(file);
    return false;
}

static void store(struct session *session, struct incoming *incoming)
{
    struct transfer transfer = {.size = incoming->length};
    bool kept;

    sha256_end(&incoming->sum, transfer.digest);
    if (handin_keep(&incoming->handin, &kept) != 0) {
        incoming_refuse(session, incoming->name, transfer.size, errno, false);
        return;
    }
    transfer.earlier = kept ? EARLIER_KEPT : EARLIER_NONE;
    acknowledge(session, &transfer, incoming->name);
}

/* Step: no digest was announced, and there is a file of that name and length. */
static enum work_turn compare_then_store(struct session *session, struct incoming *incoming)
{
    unsigned char ours[SHA256_SIZE];
    enum work_turn turn = digest_go_on(session, &incoming->digest);

    if (turn != WORK_DONE)
        return turn;
    work_end(session);
    sha256_end(&incoming->sum, ours);
    if (incoming->digest.found && memcmp(incoming->digest.bytes, ours, sizeof ours) == 0)
        answer_same(session, incoming);
    else
        store(session, incoming);
    incoming_end(session, incoming);
    return WORK_DONE;
}

/* All bytes have arrived: keeps the file if it has the announced digest. */
static void keep(struct session *session, struct incoming *incoming)
{
    unsigned char ours[SHA256_SIZE];

    sha256_end(&incoming->sum, ours);
    if (incoming->failed != 0) {
        incoming_refuse(session, incoming->name, incoming->length, incoming->failed, false);
    } else if (incoming->hex[0] != '\0' && !is_digest(ours, incoming->hex)) {
        incoming->is_other = true;
        reply_line(session, REPLY_BUSY,
                   "What arrived is not the file that was announced; discarded. Hand it in again.");
    } else if (incoming->hex[0] == '\0' && compares(incoming, session)) {
        incoming->step = compare_then_store;
        work_begin(session, &work, incoming);
        return;
    } else {
        store(session, incoming);
    }
    incoming_end(session, incoming);
}

/* ---- the bytes */

static void take(void *context, const void *data, size_t size)
{
    struct incoming *incoming = context;

    if (incoming->failed == 0)
        incoming->failed = handin_write(&incoming->handin, data, size);
    sha256_add(&incoming->sum, data, size);
}

bool incoming_take(struct session *session, struct incoming *incoming, uint64_t length)
{
    if (!transfer_receive(session, length, take, incoming))
        return false;
    incoming->left -= length;
    if (incoming->left == 0) {
        keep(session, incoming);
    } else if (incoming->failed != 0) {
        incoming_refuse(session, incoming->name, incoming->length, incoming->failed, true);
        incoming_end(session, incoming);
    }
    return true;
}

/* Takes the bytes that are still to come. A client that sends pieces goes on with other requests
 * between them (verb_piece). */
static void expect(struct session *session, struct incoming *incoming)
{
    const struct handin *handin = &incoming->handin;
    bool came_before = handin->received > 0 && handin->received == handin->length;

    incoming->left = handin->length - handin->received;
    transfer_expect(session, incoming->name, handin->received, handin->length);
    session->incoming = incoming;
    pace_begin(session);
    if (incoming->goes_on && !came_before)
        reply_line(session, REPLY_GO_ON, "%" PRIu64 " Send %" PRIu64 " bytes.", handin->received,
                   incoming->left);
    else if (!came_before)
        reply_line(session, REPLY_GO_ON, "Send %" PRIu64 " bytes.", incoming->left);
    if (session->piece > 0 && incoming->left > 0)
        return;
    if (!incoming_take(session, incoming, incoming->left))
        incoming_end(session, incoming);
}

/* ---- before the first byte */

/* Step: adds what came before to the digest. A part that cannot be read, or has all bytes and is
 * another file, is forgotten. */
static enum work_turn read_part(struct session *session, struct incoming *incoming)
{
    struct handin *handin = &incoming->handin;
    enum work_turn turn = digest_go_on(session, &incoming->digest);
    int failed = 0;

    if (turn != WORK_DONE)
        return turn;
    work_end(session);
    incoming->sum = incoming->digest.sum;
    if (!incoming->digest.found ||
        (handin->received == handin->length && !is_digest(incoming->digest.bytes, incoming->hex))) {
        sha256_init(&incoming->sum);
        failed = handin_restart(handin);
    }
    if (failed == 0) {
        expect(session, incoming);
    } else {
        incoming_refuse(session, incoming->name, incoming->length, failed, false);
        incoming_end(session, incoming);
    }
    return WORK_DONE;
}

/* Step: opens the file. An earlier session of the same client may not have ended yet, and still
 * have the part: after a moment this one does without. */
static enum work_turn open_file(struct session *session, struct incoming *incoming)
{
    int64_t now = clock_now();
    bool waits = incoming->goes_on;

    if (incoming->began == 0)
        incoming->began = now;
    waits &= now - incoming->began < LIMIT_PART_WAIT_MS * CLOCK_MS;
    if (handin_begin(session->service->inbox, &incoming->handin, incoming->client, incoming->name,
                     incoming->length, waits ? incoming->hex : NULL) != 0) {
        if (errno == EBUSY && waits)
            return WORK_WAITS;
        work_end(session);
        incoming_refuse(session, incoming->name, incoming->length, errno, false);
        return WORK_DONE;
    }
    incoming->open = true;
    if (incoming->handin.received > 0) {
        digest_begin_part(&incoming->digest, incoming->handin.fd, incoming->name,
                          incoming->handin.received);
        incoming->step = read_part;
        return WORK_GOES_ON;
    }
    work_end(session);
    expect(session, incoming);
    return WORK_DONE;
}

/* Step: a digest was announced, and there is a file of that name and length. */
static enum work_turn compare_then_open(struct session *session, struct incoming *incoming)
{
    enum work_turn turn = digest_go_on(session, &incoming->digest);

    if (turn != WORK_DONE)
        return turn;
    digest_end(session, &incoming->digest);
    if (incoming->digest.found && is_digest(incoming->digest.bytes, incoming->hex)) {
        work_end(session);
        answer_same(session, incoming);
        return WORK_DONE;
    }
    incoming->step = open_file;
    return WORK_GOES_ON;
}

void incoming_begin(struct session *session, const struct wish *wish)
{
    static struct incoming incoming;

    incoming = (struct incoming){
        .length = wish->length, .goes_on = wish->goes_on, .step = open_file, .digest.file = -1};
    (void)snprintf(incoming.client, sizeof incoming.client, "%s", session->me.name);
    (void)snprintf(incoming.name, sizeof incoming.name, "%s", wish->name);
    memcpy(incoming.hex, wish->hex, sizeof incoming.hex);
    sha256_init(&incoming.sum);
    if (wish->hex[0] != '\0' && compares(&incoming, session))
        incoming.step = compare_then_open;
    work_begin(session, &work, &incoming);
}
