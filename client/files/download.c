#define _POSIX_C_SOURCE 200809L

#include "client/files/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/limits.h"
#include "client/link/bytes.h"
#include "client/link/hello.h"
#include "server/wire/protocol.h"
#include "server/wire/sha256.h"
#include "server/wire/text.h"

/* The result of comparing the local digest with the server's. */
enum proof {
    DIFFERENT,
    VERIFIED,
    UNVERIFIED, /* the server computes no digests */
};

struct download {
    struct remote *remote;
    const struct voice *voice;
    const char *name;
    struct partial partial;
    enum proof proof;
};

/* ---- requests */

static enum remote_state ask(struct download *download, struct answer *answer, const char *request)
{
    return remote_ask(download->remote, answer, voice_item, (void *)download->voice, "%s%s",
                      request, download->name);
}

/* Requests the file, and where the user stops that, calls the file off. */
static enum remote_state begin_file(struct download *download, struct answer *answer)
{
    return bytes_call_off(download->remote, ask(download, answer, "file:"));
}

/* Requests the missing bytes, or all bytes if the server's file is shorter than the part. *answer
 * is the answer to the last request. */
static enum remote_state request_file(struct download *download, struct answer *answer)
{
    struct partial *partial = &download->partial;
    enum remote_state state;

    if (partial->have > 0) {
        state = remote_ask(download->remote, answer, voice_item, (void *)download->voice,
                           "rest:%" PRIu64, partial->have);
        if (state != REMOTE_READY || answer->code == REPLY_CLOSING)
            return state;
        if (answer->code != REPLY_GO_ON && partial_restart(partial) != 0)
            return REMOTE_BROKEN;
    }
    state = begin_file(download, answer);
    if (state == REMOTE_READY && answer->code == REPLY_PAST_END && partial_may_restart(partial)) {
        if (partial_restart(partial) != 0)
            return REMOTE_BROKEN;
        state = begin_file(download, answer);
    }
    return state;
}

static void write_digest(char hex[SHA256_HEX_SIZE], const struct sha256 *sum)
{
    unsigned char digest[SHA256_SIZE];

    sha256_end(sum, digest);
    sha256_hex(hex, digest);
}

/* Compares the sum with the server's digest. A server that knows no digests takes the request for a
 * message. */
static enum answer_end verify(struct download *download, const struct sha256 *sum)
{
    char hex[PROTOCOL_HEX_SIZE], ours[SHA256_HEX_SIZE];
    struct answer answer;
    uint64_t size;
    enum remote_state state = bytes_call_off_work(download->remote, ask(download, &answer, "sum:"));

    download->proof = DIFFERENT;
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        state = REMOTE_ENDED;
    if (state != REMOTE_READY)
        return answer_lost(download->remote, download->voice, state);
    write_digest(ours, sum);
    if (answer.code == REPLY_MESSAGE)
        download->proof = UNVERIFIED;
    else if (answer.code == REPLY_DIGEST && protocol_parse_digest(answer.text, hex, &size) &&
             strcmp(ours, hex) == 0)
        download->proof = VERIFIED;
    return ANSWER_DONE;
}

/* Reports the digest to the server, for its list of hand-outs. If the report fails or is stopped,
 * the download has still succeeded, unless the server ends the session. */
static enum answer_end confirm(struct download *download, const struct sha256 *sum)
{
    char hex[SHA256_HEX_SIZE];
    struct answer answer;
    enum remote_state state;

    write_digest(hex, sum);
    state =
        bytes_call_off_work(download->remote, remote_ask(download->remote, &answer, remote_ignore,
                                                         NULL, "got:%s %s", hex, download->name));
    if (state == REMOTE_READY && answer.code == REPLY_CLOSING)
        return answer_lost(download->remote, download->voice, REMOTE_ENDED);
    return ANSWER_DONE;
}

/* ---- one file */

/* Takes what follows a REPLY_FILE_FOLLOWS with these fields, and verifies it. */
static enum answer_end receive(struct download *download, const char *fields)
{
    char shown[TEXT_SHOWN_SIZE(PROTOCOL_REQUEST_MAX)];
    const char *name = download->name, *server_name;
    uint64_t length, offset;
    enum answer_end end;

    if (!protocol_parse_transfer(fields, &length, &offset, &server_name) ||
        offset != download->partial.have)
        return answer_lost(download->remote, download->voice, REMOTE_STRANGE);
    if (offset > 0)
        voice_note(download->voice, "%s: resuming at %u %%", name,
                   (unsigned)((double)offset * 100 / (double)(offset + length)));
    text_show(shown, sizeof shown, name, strlen(name));
    end = partial_receive(&download->partial, download->remote, download->voice, shown, length);
    return end == ANSWER_DONE ? verify(download, &download->partial.sum) : end;
}

/* The server has no file of that name. If it has a directory, says what to do instead. */
static enum answer_end explain(struct download *download, const struct answer *missing)
{
    const char *name = download->name;
    struct answer answer;
    enum remote_state state =
        remote_ask(download->remote, &answer, remote_ignore, NULL, "list:%s", name);

    if (state != REMOTE_READY)
        return answer_lost(download->remote, download->voice, state);
    if (answer.code != REPLY_FILES)
        return answer_show(download->voice, answer.code == REPLY_CLOSING ? &answer : missing, name);
    if (download->voice->interactive)
        voice_error(download->voice, "%s is a directory; '/get %s/*' fetches its files", name,
                    name);
    else
        voice_error(download->voice, "%s is a directory; 'get -r' fetches it with its contents",
                    name);
    return ANSWER_FAILED;
}

static enum answer_end fetch_once(struct download *download)
{
    struct answer answer;
    enum remote_state state;

    download->partial.cut = false;
    state = request_file(download, &answer);
    if (state != REMOTE_READY)
        return answer_lost(download->remote, download->voice, state);
    if (answer.code == REPLY_FILE_FOLLOWS)
        return receive(download, answer.text);
    if (answer.code < 400 && answer.code != REPLY_BYE)
        return answer_lost(download->remote, download->voice, REMOTE_STRANGE);
    if (answer.code == REPLY_NOT_FOUND)
        return explain(download, &answer);
    return answer_show(download->voice, &answer, download->name);
}

/* Fetches the file once more if the server has ended the transfer, because the file changed, and if
 * the resumed part belongs to another version of the file. */
static enum answer_end fetch(struct download *download)
{
    enum answer_end end = fetch_once(download);

    for (int tries = 1; tries < DOWNLOAD_CUTS_MOST && download->partial.cut; tries++) {
        voice_error(download->voice, "%s: trying again", download->name);
        end = fetch_once(download);
    }
    if (end != ANSWER_DONE || download->proof != DIFFERENT ||
        !partial_may_restart(&download->partial))
        return end;
    voice_error(download->voice, "%s changed since the download began: fetching all of it again",
                download->name);
    return partial_restart(&download->partial) == 0 ? fetch_once(download) : end;
}

/* Moves a complete part to its place. */
static enum answer_end keep(struct download *download, const struct download_options *options)
{
    if (download->proof == DIFFERENT && download->partial.stream != NULL) {
        voice_error(download->voice,
                    "%s changed while it was fetched: the output is wrong; get it again",
                    download->name);
        return ANSWER_FAILED;
    }
    if (download->proof == DIFFERENT) {
        voice_error(
            download->voice,
            "%s: what arrived is not the server's file as it is now; discarded, get it again",
            download->name);
        partial_abandon(&download->partial);
        return ANSWER_FAILED;
    }
    if (partial_finish(&download->partial, download->voice, options->overwrite, options->context) !=
        0)
        return ANSWER_FAILED;
    voice_note(download->voice, "File received: %s%s", download->name,
               download->proof == VERIFIED
                   ? ""
                   : " (not verified: this server cannot tell whether a file is whole)");
    return download->proof == VERIFIED ? confirm(download, &download->partial.sum) : ANSWER_DONE;
}

/* *same: the local file has the server's content, and the server has been told. */
static enum answer_end look_here(struct download *download, const struct download_options *options,
                                 bool *same)
{
    struct sha256 sum;
    enum answer_end end;

    *same = false;
    if (!options->skip_same)
        return ANSWER_DONE;
    end = partial_digest(download->remote, download->voice, download->name, options->output, &sum);
    if (end == ANSWER_FAILED)
        return ANSWER_DONE; /* there is none */
    if (end == ANSWER_DONE)
        end = verify(download, &sum);
    if (end != ANSWER_DONE || download->proof != VERIFIED)
        return end;
    *same = true;
    voice_note(download->voice, "File is up to date: %s", download->name);
    return confirm(download, &sum);
}

static enum answer_end fetch_to(struct download *download, const struct download_options *options,
                                struct partial_stream *stream)
{
    enum answer_end end = partial_begin(&download->partial, download->remote, download->voice,
                                        download->name, options->output, stream);

    if (end != ANSWER_DONE)
        return end;
    end = fetch(download);
    if (end == ANSWER_DONE)
        return keep(download, options);
    partial_leave(&download->partial);
    return end;
}

/* The file goes on from its part the next time; a stream cannot. */
static void say_stopped(const struct download *download)
{
    const struct partial *partial = &download->partial;
    const char *again = partial->stream == NULL ? "; get it again to go on" : "";

    if (partial->total > partial->have)
        voice_error(download->voice, "%s: stopped after %" PRIu64 " of %" PRIu64 " byte%s%s",
                    download->name, partial->have, partial->total, text_s(partial->total), again);
    else
        voice_error(download->voice, "%s: stopped%s", download->name, again);
}

enum answer_end download_file(struct remote *remote, const struct voice *voice,
                              const struct download_options *options, const char *name)
{
    char request[PROTOCOL_REQUEST_MAX + 2]; /* so that answer_fits sees a name that is too long */
    struct download download = {.remote = remote, .voice = voice, .name = name};
    struct partial_stream own = {.fd = -1};
    enum answer_end end;
    bool same;

    (void)snprintf(request, sizeof request, "file:%s", name);
    if (!answer_fits(voice, request, strlen(request)))
        return ANSWER_FAILED;
    remote->patience_ms = REMOTE_ANSWER_MS;
    if (hello_pieces(remote, voice) != ANSWER_DONE)
        return ANSWER_LOST;
    end = look_here(&download, options, &same);
    if (end == ANSWER_DONE && !same)
        end = fetch_to(&download, options, options->stream ? options->stream : &own);
    if (end == ANSWER_STOPPED)
        say_stopped(&download);
    if (own.fd >= 0)
        close(own.fd);
    return end;
}
