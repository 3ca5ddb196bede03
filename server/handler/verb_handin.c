/* Hand-ins: files from the client, and their receipts. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/handin.h"
#include "server/files/inbox.h"
#include "server/files/place.h"
#include "server/handler/digest.h"
#include "server/handler/pace.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "shm/table/types.h"

/* The file being received. */
struct incoming {
    struct handin handin;
    char client[NAME_SIZE]; /* who began; the client may change its name meanwhile */
    char name[HANDIN_NAME_MAX + 1];
    char hex[PROTOCOL_HEX_SIZE]; /* the digest that the client announced; "": none */
    uint64_t left;               /* bytes not yet received */
    struct sha256 sum;
    int failed;    /* errno of a write; the bytes that still come are dropped */
    bool is_other; /* the bytes have another digest: nothing goes on from them */
};

static void take(void *context, const void *data, size_t size)
{
    struct incoming *incoming = context;

    if (incoming->failed == 0)
        incoming->failed = handin_write(&incoming->handin, data, size);
    sha256_add(&incoming->sum, data, size);
}

/* early: the client is still sending, and no reply is due yet. */
static void refuse(struct session *session, const char *name, uint64_t length, int error,
                   bool early)
{
    const struct inbox_limits *limits = &session->service->inbox->limits;

    switch (error) {
    case EFBIG:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM,
                   "Too large: at most %" PRIu64 " bytes a file.", limits->file);
        break;
    case EDQUOT:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM,
                   "Too much: at most %" PRIu64 " bytes of all that you hand in.", limits->client);
        break;
    case EMFILE:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM, "Too many: at most %lu files.",
                   limits->files);
        break;
    case ENOSPC:
        reply_line(session, early ? REPLY_CUT : REPLY_NO_ROOM, "No room for %" PRIu64 " bytes.",
                   length);
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

/* Whether the client's file of that name exists and has this digest. If so, copies the digest to
 * `to`. */
static bool is_there(struct session *session, const char *name, uint64_t length, const char *hex,
                     unsigned char to[SHA256_SIZE])
{
    unsigned char digest[SHA256_SIZE];
    char theirs[SHA256_HEX_SIZE];
    struct stat st;
    int file = handin_open_earlier(session->service->inbox, session->me.name, name, &st);
    bool same = file >= 0 && (uint64_t)st.st_size == length &&
                digest_find(session, file, name, &st, digest) > 0;

    if (file >= 0)
        close(file);
    if (!same)
        return false;
    sha256_hex(theirs, digest);
    same = strcmp(hex, theirs) == 0;
    if (same)
        memcpy(to, digest, sizeof digest);
    return same;
}

/* All bytes have arrived: keeps the file if it has the announced digest. */
static void keep(struct session *session, struct incoming *incoming)
{
    struct transfer transfer = {.size = incoming->handin.length};
    const char *name = incoming->name, *hex = incoming->hex;
    char ours[SHA256_HEX_SIZE];
    bool kept;

    sha256_end(&incoming->sum, transfer.digest);
    sha256_hex(ours, transfer.digest);
    if (incoming->failed != 0) {
        refuse(session, name, transfer.size, incoming->failed, false);
    } else if (hex[0] != '\0' && strcmp(hex, ours) != 0) {
        incoming->is_other = true;
        reply_line(session, REPLY_BUSY,
                   "What arrived is not the file that was announced; discarded. Hand it in again.");
    } else if (hex[0] == '\0' && is_there(session, name, transfer.size, ours, transfer.digest)) {
        transfer.earlier = EARLIER_SAME;
        acknowledge(session, &transfer, name);
    } else if (handin_keep(&incoming->handin, &kept) != 0) {
        refuse(session, name, transfer.size, errno, false);
    } else {
        transfer.earlier = kept ? EARLIER_KEPT : EARLIER_NONE;
        acknowledge(session, &transfer, name);
    }
}

/* Another directory at the inbox's path is the parent's to claim: sessions that begin then have it.
 * False: the reply says why nothing can be handed in. */
static bool has_inbox(struct session *session, const char *name, uint64_t length)
{
    const struct inbox *inbox = session->service->inbox;
    enum place place = place_look(inbox->fd, inbox->path);
    int fd;

    if (place == PLACE_SAME || place == PLACE_MOVED)
        return true;
    fd = place == PLACE_REPLACED ? place_open(inbox->path) : -1;
    if (fd >= 0)
        close(fd);
    reply_line(session, REPLY_BUSY,
               fd >= 0               ? "The inbox was replaced: connect again."
               : place == PLACE_GONE ? "The inbox was removed; tell the room's operator."
                                     : "The inbox was replaced, and the server must be restarted "
                                       "to open the new one; tell the room's operator.");
    event_not_handed_in(session->me.name, name, length, place == PLACE_GONE ? ENOENT : ESTALE);
    return false;
}

/* The file has come, or cannot come any more. */
static void end(struct session *session, struct incoming *incoming)
{
    struct handin *handin = &incoming->handin;
    bool broke_off = handin->unfinished[0] != '\0' && handin->is_part && !incoming->is_other;

    session->incoming = NULL;
    if (broke_off && handin->received > 0)
        event_handin_broke_off(session->me.name, incoming->name, handin->received, handin->length);
    handin_end(handin, broke_off);
    transfer_expect_end(session);
    pace_answering(session); /* the client was not idle until now */
}

/* Begins the hand-in. An earlier session of the same client may not have ended yet, and still have
 * the part: after a moment this one does without. Returns 0, or an errno. */
static int begin(struct session *session, struct incoming *incoming, uint64_t length,
                 const char *part_of)
{
    for (int waited = 0;; waited += LIMIT_DIGEST_WAIT_MS) {
        if (handin_begin(session->service->inbox, &incoming->handin, incoming->client,
                         incoming->name, length, part_of) == 0)
            return 0;
        if (errno != EBUSY)
            return errno;
        if (waited >= LIMIT_PART_WAIT_MS)
            part_of = NULL;
        else if (!wait_or_part(session, LIMIT_DIGEST_WAIT_MS))
            return ECANCELED;
    }
}

/* Whether the bytes so far have the announced digest. */
static bool has_digest(const struct incoming *incoming)
{
    unsigned char digest[SHA256_SIZE];
    char ours[SHA256_HEX_SIZE];

    sha256_end(&incoming->sum, digest);
    sha256_hex(ours, digest);
    return strcmp(incoming->hex, ours) == 0;
}

/* Adds the bytes of the part to the digest. A part that cannot be read, or has all bytes and is
 * another file, is forgotten. Returns 0, or an errno. */
static int go_on(struct session *session, struct incoming *incoming)
{
    struct handin *handin = &incoming->handin;
    int done;

    if (handin->received == 0)
        return 0;
    done = digest_add(session, handin->fd, incoming->name, handin->received, &incoming->sum);
    if (done < 0)
        return ECANCELED;
    if (done > 0 && (handin->received < handin->length || has_digest(incoming)))
        return 0;
    sha256_init(&incoming->sum);
    return handin_restart(handin);
}

/* Takes the bytes that are still to come. A client that sends pieces goes on with other requests
 * between them (verb_piece). */
static void expect(struct session *session, struct incoming *incoming, bool goes_on)
{
    const struct handin *handin = &incoming->handin;
    bool came_before = handin->received > 0 && handin->received == handin->length;

    incoming->left = handin->length - handin->received;
    transfer_expect(session, incoming->name, handin->received, handin->length);
    session->incoming = incoming;
    pace_begin(session);
    if (goes_on && !came_before)
        reply_line(session, REPLY_GO_ON, "%" PRIu64 " Send %" PRIu64 " bytes.", handin->received,
                   incoming->left);
    else if (!came_before)
        reply_line(session, REPLY_GO_ON, "Send %" PRIu64 " bytes.", incoming->left);
    if (session->piece > 0 && incoming->left > 0)
        return;
    if (transfer_receive(session, incoming->left, take, incoming))
        keep(session, incoming);
    end(session, incoming);
}

static void receive(struct session *session, const char *name, uint64_t length, const char *hex,
                    bool goes_on)
{
    static struct incoming incoming;
    int failed;

    incoming = (struct incoming){.left = length};
    (void)snprintf(incoming.client, sizeof incoming.client, "%s", session->me.name);
    (void)snprintf(incoming.name, sizeof incoming.name, "%s", name);
    (void)snprintf(incoming.hex, sizeof incoming.hex, "%s", hex);
    sha256_init(&incoming.sum);
    failed = begin(session, &incoming, length, goes_on ? incoming.hex : NULL);
    if (failed == 0) {
        failed = go_on(session, &incoming);
        if (failed != 0)
            handin_end(&incoming.handin, true);
    }
    if (failed == 0)
        expect(session, &incoming, goes_on);
    else if (failed != ECANCELED)
        refuse(session, name, length, failed, false);
    else if (session->phase < PARTING) /* else the goodbye is the reply */
        reply_line(session, REPLY_BUSY, "Stopped.");
}

void verb_handin_drop(struct session *session)
{
    if (session->incoming != NULL)
        end(session, session->incoming);
}

/* A piece has no reply of its own: the receipt, or what went wrong, is the reply to put: and comes
 * after the last piece, or when there is no use in more. A piece that belongs to nothing any more
 * is read and dropped. */
void verb_piece(struct session *session, const char *count)
{
    struct incoming *incoming = session->incoming;
    uint64_t length;

    if (!protocol_parse_number(count, &length) || length == 0 || length > LIMIT_PIECE_MOST) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected piece:COUNT, and 1 to %d bytes after it.",
                   LIMIT_PIECE_MOST);
        return;
    }
    if (incoming == NULL) {
        (void)transfer_receive(session, length, NULL, NULL);
        return;
    }
    if (length > incoming->left) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Only %" PRIu64 " bytes are to come.",
                   incoming->left);
        end(session, incoming);
        (void)transfer_receive(session, length, NULL, NULL);
        return;
    }
    if (!transfer_receive(session, length, take, incoming))
        return;
    incoming->left -= length;
    if (incoming->failed != 0)
        refuse(session, incoming->name, incoming->handin.length, incoming->failed,
               incoming->left > 0);
    else if (incoming->left == 0)
        keep(session, incoming);
    else
        return;
    end(session, incoming);
}

/* "put:LENGTH: NAME": whether a file of that length would be taken. */
static void answer_ask(struct session *session, const char *name, uint64_t length)
{
    if (handin_ask(session->service->inbox, session->me.name, name, length) == 0)
        reply_line(session, REPLY_NOTED, "There is room for %" PRIu64 " bytes.", length);
    else
        refuse(session, name, length, errno, false);
}

/* What "put:" asks for. */
struct wish {
    uint64_t length;
    char hex[PROTOCOL_HEX_SIZE]; /* "": no digest */
    const char *name;
    bool asks;    /* whether there would be room */
    bool goes_on; /* from what came before */
};

static bool parse(const char *argument, struct wish *wish)
{
    *wish = (struct wish){.asks = false};
    wish->asks = protocol_parse_put_ask(argument, &wish->length, &wish->name);
    wish->goes_on =
        !wish->asks && protocol_parse_put_go_on(argument, &wish->length, wish->hex, &wish->name);
    return wish->asks || wish->goes_on ||
           protocol_parse_put(argument, &wish->length, wish->hex, &wish->name);
}

/* Whether the request can be granted; if not, the reply says why. */
static bool may_put(struct session *session, const char *argument, struct wish *wish)
{
    if (!transfer_may_begin(session))
        return false;
    if (session->service->inbox->fd < 0)
        reply_line(session, REPLY_NOT_FOUND, "Nothing can be handed in here.");
    else if (!parse(argument, wish))
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected put:LENGTH NAME.");
    else if (!handin_name_valid(wish->name))
        reply_line(session, REPLY_BAD_ARGUMENT,
                   "Expected a name of at most %d bytes, without '/', control or invisible "
                   "characters, and a '.' in front.",
                   HANDIN_NAME_MAX);
    else
        return has_inbox(session, wish->name, wish->length);
    return false;
}

void verb_put(struct session *session, const char *argument)
{
    struct transfer same = {.earlier = EARLIER_SAME};
    struct wish wish;

    if (!may_put(session, argument, &wish))
        return;
    same.size = wish.length;
    if (wish.asks)
        answer_ask(session, wish.name, wish.length);
    else if (wish.hex[0] != '\0' &&
             is_there(session, wish.name, wish.length, wish.hex, same.digest))
        acknowledge(session, &same, wish.name);
    else
        receive(session, wish.name, wish.length, wish.hex, wish.goes_on);
}
