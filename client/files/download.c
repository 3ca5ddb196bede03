#define _POSIX_C_SOURCE 200809L

#include "client/files/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/files/partial.h"
#include "client/files/progress.h"
#include "server/wire/protocol.h"
#include "server/wire/sha256.h"
#include "server/wire/text.h"

static const char FILE_REQUEST[] = "file:";

/* Asks for what is missing, and begins anew where the server's file is shorter than ours. The
 * answer is the one that counts. */
static enum remote_state ask_for_file(struct remote *remote, const struct style *style,
                                      struct transfer *transfer, const char *name,
                                      struct answer *answer)
{
    enum remote_state state;

    if (transfer->have > 0) {
        state = remote_ask(remote, answer, request_item, (void *)style, "rest:%" PRIu64,
                           transfer->have);
        if (state != REMOTE_READY)
            return state;
        if (answer->code == REPLY_CLOSING)
            return REMOTE_READY;
        if (answer->code != REPLY_GO_ON && transfer_restart(transfer) != 0)
            return REMOTE_BROKEN;
    }
    state = remote_ask(remote, answer, request_item, (void *)style, "%s%s", FILE_REQUEST, name);
    if (state == REMOTE_READY && answer->code == REPLY_PAST_END) {
        if (transfer_restart(transfer) != 0)
            return REMOTE_BROKEN;
        state = remote_ask(remote, answer, request_item, (void *)style, "%s%s", FILE_REQUEST, name);
    }
    return state;
}

enum proof { PROVEN, DIFFERENT, NO_PROOF };

static void write_digest(char hex[SHA256_HEX_SIZE], const struct sha256 *sum)
{
    unsigned char digest[SHA256_SIZE];

    sha256_end(sum, digest);
    sha256_hex(hex, digest);
}

/* Whether what arrived is what the server has. A server that knows no digests takes the question
 * for a message. */
static enum remote_state prove(struct remote *remote, const struct style *style,
                               const struct sha256 *sum, const char *name, enum proof *proof)
{
    char hex[PROTOCOL_HEX_SIZE], ours[SHA256_HEX_SIZE];
    struct answer answer;
    uint64_t size;
    enum remote_state state =
        remote_ask(remote, &answer, request_item, (void *)style, "sum:%s", name);

    *proof = DIFFERENT;
    if (state != REMOTE_READY)
        return state;
    if (answer.code == REPLY_CLOSING)
        return REMOTE_ENDED;
    write_digest(ours, sum);
    if (answer.code == REPLY_MESSAGE)
        *proof = NO_PROOF;
    else if (answer.code == REPLY_DIGEST && protocol_parse_digest(answer.text, hex, &size) &&
             strcmp(ours, hex) == 0)
        *proof = PROVEN;
    return REMOTE_READY;
}

/* Tells the server that the file is here, for its list of hand-outs. Whether it hears that changes
 * nothing for us, unless it ends the session. */
static enum request_end confirm(struct remote *remote, const struct style *style,
                                const struct sha256 *sum, const char *name)
{
    char hex[SHA256_HEX_SIZE];
    struct answer answer;

    write_digest(hex, sum);
    if (remote_ask(remote, &answer, remote_ignore, NULL, "got:%s %s", hex, name) == REMOTE_READY &&
        answer.code == REPLY_CLOSING)
        return request_lost(remote, style, REMOTE_ENDED);
    return REQUEST_DONE;
}

/* What follows a REPLY_FILE_FOLLOWS, up to the proof. */
static enum request_end receive(struct remote *remote, const struct style *style,
                                struct transfer *transfer, const char *name, const char *fields,
                                enum proof *proof)
{
    char error[PATH_MAX + 512], shown[TEXT_SHOWN_SIZE(PROTOCOL_REQUEST_MAX)];
    struct progress progress = {.wanted = style->progress && !style->quiet, .bar = style->bar};
    const char *server_name;
    uint64_t length, offset;
    enum remote_state state;

    if (!protocol_parse_transfer(fields, &length, &offset, &server_name) ||
        offset != transfer->have)
        return request_lost(remote, style, REMOTE_STRANGE);
    if (offset > 0)
        request_tell(style, "%s: resuming at %u %%", name,
                     (unsigned)((double)offset * 100 / (double)(offset + length)));
    (void)fflush(stdout);
    text_show(shown, sizeof shown, name, strlen(name));
    progress_begin(&progress, shown, offset, offset + length);
    state = transfer_receive(transfer, remote, length, &progress, error, sizeof error);
    if (state == REMOTE_ENDED)
        (void)request_lost(remote, style, state);
    if (error[0] != '\0') {
        request_say(style, "%s", error);
        return state == REMOTE_READY ? REQUEST_FAILED : REQUEST_LOST;
    }
    state = prove(remote, style, &transfer->sum, name, proof);
    return state == REMOTE_READY ? REQUEST_DONE : request_lost(remote, style, state);
}

/* A file: what is wrong here is known before a byte is sent, and what differs from the server's at
 * the end is fetched once more. */
enum request_end fetch_file(struct remote *remote, const struct style *style, const char *name)
{
    char error[PATH_MAX + 512];
    struct transfer transfer;
    struct sha256 here_sum;
    enum request_end end = REQUEST_DONE;
    enum proof proof = DIFFERENT;
    bool here = false;

    if (request_pieces(remote, style) != REQUEST_DONE)
        return REQUEST_LOST;
    if (style->skip_same && transfer_digest(remote, name, style->output, &here_sum)) {
        enum remote_state state = prove(remote, style, &here_sum, name, &proof);

        if (state != REMOTE_READY)
            return request_lost(remote, style, state);
        here = proof == PROVEN;
    }
    if (here) {
        request_tell(style, "File is here already: %s", name);
        return confirm(remote, style, &here_sum, name);
    }
    proof = DIFFERENT;
    if (transfer_begin(&transfer, remote, name, style->output, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    for (int tries = 0; tries < 2 && proof == DIFFERENT && end == REQUEST_DONE; tries++) {
        struct answer answer;
        enum remote_state state;

        if (tries > 0) {
            request_say(style, "%s changed since it was begun: fetching all of it again", name);
            if (transfer_restart(&transfer) != 0)
                break;
        }
        state = ask_for_file(remote, style, &transfer, name, &answer);
        if (state != REMOTE_READY)
            end = request_lost(remote, style, state);
        else if (answer.code == REPLY_FILE_FOLLOWS)
            end = receive(remote, style, &transfer, name, answer.text, &proof);
        else if ((end = request_show(style, &answer, name)) == REQUEST_DONE)
            end = request_lost(remote, style, REMOTE_STRANGE);
    }
    if (end != REQUEST_DONE) {
        transfer_leave(&transfer);
        return end;
    }
    if (proof == DIFFERENT) {
        request_say(style, "%s is not what the server has: not kept", name);
        transfer_abandon(&transfer);
        return REQUEST_FAILED;
    }
    if (transfer_finish(&transfer, style->overwrite, error, sizeof error) != 0) {
        request_say(style, "%s", error);
        return REQUEST_FAILED;
    }
    request_tell(style, "File received: %s%s", name,
                 proof == PROVEN ? "" : " (not verified: the server cannot)");
    return proof == PROVEN ? confirm(remote, style, &transfer.sum, name) : REQUEST_DONE;
}
