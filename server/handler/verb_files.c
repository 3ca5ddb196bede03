/* Files that are sent, and how. */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/events.h"
#include "server/handler/reply.h"
#include "server/handler/shared.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/handler/work.h"
#include "server/limits.h"
#include "server/wire/text.h"
#include "shm/table/slot.h"

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
    file = shared_open(session, name, &st);
    if (file < 0)
        return;
    size = (uint64_t)st.st_size;
    if (offset > size) {
        reply_line(session, REPLY_PAST_END, "The file has only %" PRIu64 " byte%s.", size,
                   text_s(size));
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

/* Ends the work and the transfer that are under way. The bytes of an unfinished hand-in are
 * dropped.
 */
void verb_stop(struct session *session, const char *nothing)
{
    bool stopped = state_is_busy(session) || session->incoming != NULL;

    if (nothing[0] != '\0') {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected stop: without an argument.");
        return;
    }
    work_stop(session);
    transfer_cut(session, "Stopped.");
    verb_handin_drop(session);
    reply_line(session, REPLY_STOPPED, stopped ? "Stopped." : "No transfer was running.");
}
