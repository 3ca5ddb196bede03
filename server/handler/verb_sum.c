/* The digests of shared files: asked for, and confirmed. */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/handler/digest.h"
#include "server/handler/reply.h"
#include "server/handler/shared.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/handler/work.h"
#include "shm/table/types.h"

/* The request whose digest is being found. */
struct asked {
    struct digest digest;
    char theirs[PROTOCOL_HEX_SIZE]; /* the digest to be confirmed; "": the digest is asked for */
    char name[PROTOCOL_REQUEST_MAX + 1];
};

/* A client that sends the right digest is recorded as having the file. */
static void confirm(struct session *session, const struct asked *asked, const char *ours)
{
    struct transfer transfer = {.kind = TRANSFER_VERIFIED};

    if (strcmp(ours, asked->theirs) != 0) {
        reply_line(session, REPLY_NOT_FOUND, "The file's digest differs.");
        return;
    }
    memcpy(transfer.digest, asked->digest.bytes, sizeof transfer.digest);
    transfer.done = transfer.size = (uint64_t)asked->digest.st.st_size;
    if (transfer_note(session, &transfer, asked->name))
        reply_line(session, REPLY_NOTED, "Noted.");
}

static enum work_turn go_on(struct session *session, void *context)
{
    struct asked *asked = context;
    enum work_turn turn = digest_go_on(session, &asked->digest);
    char hex[SHA256_HEX_SIZE];

    if (turn != WORK_DONE)
        return turn;
    digest_end(session, &asked->digest);
    work_end(session);
    sha256_hex(hex, asked->digest.bytes);
    if (!asked->digest.found)
        reply_line(session, REPLY_BUSY, "The file is being changed, try again later.");
    else if (asked->theirs[0] != '\0')
        confirm(session, asked, hex);
    else
        reply_line(session, REPLY_DIGEST, "sha256 %s %" PRIu64 " %s", hex,
                   (uint64_t)asked->digest.st.st_size, asked->name);
    return WORK_DONE;
}

static void drop(struct session *session, void *context)
{
    struct asked *asked = context;

    digest_end(session, &asked->digest);
}

static void begin(struct session *session, const char *name, const char *theirs)
{
    static const struct work work = {go_on, drop};
    static struct asked asked;
    struct stat st;
    int file = shared_open(session, name, &st);

    if (file < 0)
        return;
    (void)snprintf(asked.name, sizeof asked.name, "%s", name);
    (void)snprintf(asked.theirs, sizeof asked.theirs, "%s", theirs);
    digest_begin(&asked.digest, file, asked.name, &st);
    work_begin(session, &work, &asked);
}

void verb_sum(struct session *session, const char *name)
{
    begin(session, name, "");
}

void verb_got(struct session *session, const char *argument)
{
    char theirs[PROTOCOL_HEX_SIZE];
    const char *name;

    if (protocol_parse_got(argument, theirs, &name))
        begin(session, name, theirs);
    else
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected a SHA-256 digest and a name.");
}
