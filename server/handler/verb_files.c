/* The shared files: lists, files, digests. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/place.h"
#include "server/files/share.h"
#include "server/handler/digest.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/wire/clock.h"
#include "server/wire/sha256.h"
#include "shm/table/slot.h"
#include "shm/table/types.h"

/* Another directory at the share's path is the share from now on, where a handler may open it.
 * False: the reply says why nothing can be had. */
static bool has_share(struct session *session)
{
    const struct service *service = session->service;
    enum place place = share_follow(service->share, service->share_path, service->inbox);

    if (place == PLACE_SAME)
        return true;
    reply_line(session, REPLY_BUSY,
               place == PLACE_GONE
                   ? "The shared directory was removed; tell the room's operator."
                   : "The shared directory was replaced, and the server must be restarted to open "
                     "the new one; tell the room's operator.");
    return false;
}

/* What the server's user may not read is there all the same. The log says it once. */
static void refuse_unreadable(struct session *session, const char *what, const char *name)
{
    reply_line(session, REPLY_BUSY, "The server may not read %s; tell the room's operator.", what);
    if (slot_tells_first(&session->slot, name))
        event_unreadable_by_user(name, session->service->user);
}

/* Lists a directory of the share; NULL: the share itself. False: the reply says why not. */
static bool read_directory(struct session *session, const char *directory, struct share_list *list)
{
    if (directory != NULL && directory[0] == '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected the name of a directory.");
        return false;
    }
    if (!has_share(session))
        return false;
    if (share_read(session->service->share, directory ? directory : "", list) == 0)
        return true;
    if (errno == E2BIG)
        reply_line(session, REPLY_BUSY, "More than %d files: too many to list.", LIMIT_LIST_NAMES);
    else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO)
        reply_line(session, REPLY_BUSY, "The files cannot be listed now, try again later.");
    else if (errno == EACCES || errno == EPERM)
        refuse_unreadable(session, "that directory", directory ? directory : ".");
    else
        reply_line(session, REPLY_NOT_FOUND, "Directory not found.");
    return false;
}

static void end_list(struct session *session, const char *directory, struct share_list *list)
{
    char key[PROTOCOL_REQUEST_MAX + 2]; /* unlike the name of any file */

    if (list->hidden == 0) {
        reply_end(session, REPLY_FILES);
    } else {
        reply_line(session, REPLY_FILES, PROTOCOL_HIDDEN, list->hidden);
        (void)snprintf(key, sizeof key, "/%s", directory ? directory : "");
        if (slot_tells_first(&session->slot, key))
            event_names_hidden(directory, list->hidden, list->hidden_name);
    }
    share_free(list);
}

void verb_list(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    reply_begin(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++)
        reply_item(session, "%s", list.entry[i].name);
    end_list(session, directory, &list);
}

void verb_list_long(struct session *session, const char *directory)
{
    struct share_list list;

    if (!read_directory(session, directory, &list))
        return;
    reply_begin(session, REPLY_FILES, "%zu files", list.count);
    for (size_t i = 0; i < list.count; i++) {
        char changed[CLOCK_UTC_SIZE];

        clock_utc(changed, list.entry[i].changed);
        reply_item(session, "%" PRIu64 " %s %s", list.entry[i].size, changed, list.entry[i].name);
    }
    end_list(session, directory, &list);
}

static int open_or_refuse(struct session *session, const char *name, struct stat *st)
{
    int file;

    if (!has_share(session))
        return -1;
    file = share_open_file(session->service->share, name, st);
    if (file < 0 && (errno == EACCES || errno == EPERM))
        refuse_unreadable(session, "that file", name);
    else if (file < 0 && (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EIO))
        reply_line(session, REPLY_BUSY, "The file cannot be opened now, try again later.");
    else if (file < 0)
        reply_line(session, REPLY_NOT_FOUND, "File not found.");
    return file;
}

void verb_rest(struct session *session, const char *offset)
{
    if (!protocol_parse_number(offset, &session->rest)) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected a number of bytes.");
        return;
    }
    reply_line(session, REPLY_GO_ON, "The next file begins at %" PRIu64 ".", session->rest);
}

/* A client whose connection broke names its earlier session. If that session was kicked, the client
 * may not know, so it is told now. A session of another daemon does not count. */
void verb_pieces(struct session *session, const char *earlier)
{
    const struct table_about *made = &session->slot.table->made;
    char here[PROTOCOL_SESSION_SIZE];
    uint64_t serial;
    size_t length;

    length =
        (size_t)snprintf(here, sizeof here, "%ld.%" PRId64 ".", (long)made->pid, made->started);
    if (strncmp(earlier, here, length) == 0 && protocol_parse_number(earlier + length, &serial) &&
        slot_was_kicked(session->slot.table, serial, &session->kicked_at)) {
        state_part(session, LEFT_KICKED);
        return;
    }
    session->piece = LIMIT_PIECE_FIRST;
    reply_line(session, REPLY_PIECES, "%s%" PRIu64, here, session->me.serial);
}

void verb_file(struct session *session, const char *name)
{
    uint64_t offset = session->rest, size;
    struct stat st;
    int file;

    if (!transfer_may_begin(session))
        return;
    session->rest = 0;
    file = open_or_refuse(session, name, &st);
    if (file < 0)
        return;
    size = (uint64_t)st.st_size;
    if (offset > size) {
        reply_line(session, REPLY_PAST_END, "The file has only %" PRIu64 " bytes.", size);
        close(file);
        return;
    }
    event_sending(name, session->me.name);
    reply_line(session, REPLY_FILE_FOLLOWS, "%" PRIu64 " %" PRIu64 " %s", size - offset, offset,
               name);
    if (session->piece > 0)
        transfer_begin(session, file, name, offset, size);
    else
        transfer_send(session, file, name, offset, size);
}

/* Ends the running transfer. The bytes of an unfinished hand-in are dropped. */
void verb_stop(struct session *session, const char *nothing)
{
    bool stopped = state_is_sending(session) || session->incoming != NULL;

    if (nothing[0] != '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected stop: without an argument.");
        return;
    }
    transfer_cut(session, "Stopped.");
    verb_handin_drop(session);
    reply_line(session, REPLY_STOPPED, stopped ? "Stopped." : "No transfer was running.");
}

/* ---- digests */

/* Gets the digest. False: a reply says why there is none. */
static bool find_digest(struct session *session, const char *name, struct stat *st,
                        unsigned char digest[SHA256_SIZE])
{
    int file = open_or_refuse(session, name, st), done;

    if (file < 0)
        return false;
    done = digest_find(session, file, name, st, digest);
    close(file);
    if (done == 0)
        reply_line(session, REPLY_BUSY, "The file is being changed, try again later.");
    else if (done < 0 && session->phase < PARTING)
        reply_line(session, REPLY_BUSY, "Stopped.");
    return done > 0;
}

void verb_sum(struct session *session, const char *name)
{
    unsigned char digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct stat st;

    if (!find_digest(session, name, &st, digest))
        return;
    sha256_hex(hex, digest);
    reply_line(session, REPLY_DIGEST, "sha256 %s %" PRIu64 " %s", hex, (uint64_t)st.st_size, name);
}

/* A client that sends the right digest is recorded as having the file. */
void verb_got(struct session *session, const char *argument)
{
    struct transfer transfer = {.kind = TRANSFER_VERIFIED};
    char theirs[PROTOCOL_HEX_SIZE], ours[SHA256_HEX_SIZE];
    const char *name;
    struct stat st;

    if (!protocol_parse_got(argument, theirs, &name)) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected a SHA-256 digest and a name.");
        return;
    }
    if (!find_digest(session, name, &st, transfer.digest))
        return;
    sha256_hex(ours, transfer.digest);
    if (strcmp(ours, theirs) != 0) {
        reply_line(session, REPLY_NOT_FOUND, "The file's digest differs.");
        return;
    }
    transfer.done = transfer.size = (uint64_t)st.st_size;
    if (transfer_note(session, &transfer, name))
        reply_line(session, REPLY_NOTED, "Noted.");
}
