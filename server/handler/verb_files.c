/* The shared files: showing and sending them. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/files/share.h"
#include "server/handler/digest.h"
#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/log.h"
#include "server/wire/clock.h"
#include "server/wire/sha256.h"
#include "shm/table/talk.h"

/* NULL: the shared directory itself. False: there is no listing, and the reply says so. */
static bool read_directory(struct session *session, const char *directory, struct share_list *list)
{
    if (directory != NULL && directory[0] == '\0') {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected the name of a directory.");
        return false;
    }
    if (share_read(session->service->share, directory ? directory : "", list) == 0)
        return true;
    if (errno == E2BIG)
        session_reply(session, REPLY_BUSY, "More than %d files: too many to list.",
                      LIMIT_LIST_NAMES);
    else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO)
        session_reply(session, REPLY_BUSY, "The files cannot be listed now, try again later.");
    else
        session_reply(session, REPLY_NOT_FOUND, "Directory not found.");
    return false;
}

void cmd_list(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++)
        session_item(session, "%s", list.entry[i].name);
    session_close(session, REPLY_FILES);
    share_free(&list);
}

void cmd_list_long(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    session_open(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++) {
        char changed[CLOCK_UTC_SIZE];

        clock_utc(changed, list.entry[i].changed);
        session_item(session, "%" PRIu64 " %s %s", list.entry[i].size, changed, list.entry[i].name);
    }
    session_close(session, REPLY_FILES);
    share_free(&list);
}

static int open_or_refuse(struct session *session, const char *name, struct stat *st)
{
    int file = share_open_file(session->service->share, name, st);

    if (file < 0)
        session_reply(session, REPLY_NOT_FOUND, "File not found.");
    return file;
}

void cmd_rest(struct session *session, const char *offset)
{
    if (!protocol_parse_number(offset, &session->rest)) {
        session_reply(session, REPLY_BAD_ARGUMENT, "Expected a number of bytes.");
        return;
    }
    session_reply(session, REPLY_GO_ON, "The next file begins at %" PRIu64 ".", session->rest);
}

/* A client whose connection broke off says here which session it had, for it may not know that it
 * was sent away: it is told so now. A session of another daemon's is nobody's. */
void cmd_pieces(struct session *session, const char *earlier)
{
    const struct table_about *made = &session->table->made;
    char here[PROTOCOL_SESSION_SIZE];
    uint64_t serial;
    size_t length;

    length =
        (size_t)snprintf(here, sizeof here, "%ld.%" PRId64 ".", (long)made->pid, made->started);
    if (strncmp(earlier, here, length) == 0 && protocol_parse_number(earlier + length, &serial) &&
        slot_was_kicked(session->table, serial, &session->kicked_at)) {
        session_end(session, LEFT_KICKED);
        return;
    }
    session->piece = LIMIT_PIECE;
    session_reply(session, REPLY_PIECES, "%s%" PRIu64, here, session->me.serial);
}

void cmd_file(struct session *session, const char *name)
{
    struct transfer sent = {.kind = TRANSFER_SENT};
    uint64_t offset = session->rest, size;
    struct stat st;
    int file = open_or_refuse(session, name, &st);

    session->rest = 0;
    if (file < 0)
        return;
    size = (uint64_t)st.st_size;
    if (offset > size) {
        session_reply(session, REPLY_PAST_END, "The file has only %" PRIu64 " bytes.", size);
        close(file);
        return;
    }
    log_info("Sending file: %s", name);
    session_doing(session, "sending", name, size);
    session->me.done = offset;
    session_reply(session, REPLY_FILE_FOLLOWS, "%" PRIu64 " %" PRIu64 " %s", size - offset, offset,
                  name);
    session_send_file(session, file, offset, size);
    close(file);
    sent.done = session->me.done;
    sent.size = size;
    session_idle(session);
    (void)session_note(session, &sent, name);
}

/* ---- digests */

/* Replies unless it is there. */
static bool find_digest(struct session *session, const char *name, struct stat *st,
                        unsigned char digest[SHA256_SIZE])
{
    int file = open_or_refuse(session, name, st), done;

    if (file < 0)
        return false;
    done = digest_find(session, file, name, st, digest);
    close(file);
    if (done == 0)
        session_reply(session, REPLY_BUSY, "The file is being changed, try again later.");
    return done > 0;
}

void cmd_sum(struct session *session, const char *name)
{
    unsigned char digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct stat st;

    if (!find_digest(session, name, &st, digest))
        return;
    sha256_hex(hex, digest);
    session_reply(session, REPLY_DIGEST, "sha256 %s %" PRIu64 " %s", hex, (uint64_t)st.st_size,
                  name);
}

/* What a client says that it has is believed if it knows the digest. */
void cmd_got(struct session *session, const char *argument)
{
    struct transfer transfer = {.kind = TRANSFER_VERIFIED};
    char theirs[PROTOCOL_HEX_SIZE], ours[SHA256_HEX_SIZE];
    const char *name;
    struct stat st;

    if (!protocol_parse_got(argument, theirs, &name)) {
        session_reply(session, REPLY_BAD_ARGUMENT,
                      "Expected a SHA-256 digest in lower case and a name.");
        return;
    }
    if (!find_digest(session, name, &st, transfer.digest))
        return;
    sha256_hex(ours, transfer.digest);
    if (strcmp(ours, theirs) != 0) {
        session_reply(session, REPLY_NOT_FOUND, "That is not what the file has now.");
        return;
    }
    transfer.done = transfer.size = (uint64_t)st.st_size;
    if (session_note(session, &transfer, name))
        session_reply(session, REPLY_NOTED, "Noted.");
}
