/* Hand-ins: what is asked for, and the pieces. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "server/events.h"
#include "server/files/handin.h"
#include "server/files/inbox.h"
#include "server/files/place.h"
#include "server/handler/incoming.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/verbs.h"
#include "server/limits.h"
#include "server/wire/protocol.h"
#include "server/wire/text.h"

void verb_handin_drop(struct session *session)
{
    if (session->incoming != NULL)
        incoming_end(session, session->incoming);
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
    } else if (incoming == NULL || incoming->left == 0) {
        (void)transfer_receive(session, length, NULL, NULL);
    } else if (length > incoming->left) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Only %" PRIu64 " byte%s to come.", incoming->left,
                   incoming->left == 1 ? " is" : "s are");
        incoming_end(session, incoming);
        (void)transfer_receive(session, length, NULL, NULL);
    } else {
        (void)incoming_take(session, incoming, length);
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

/* "put:LENGTH: NAME": whether a file of that length would be taken. */
static void answer_ask(struct session *session, const char *name, uint64_t length)
{
    if (handin_ask(session->service->inbox, session->me.name, name, length) == 0)
        reply_line(session, REPLY_NOTED, "There is room for %" PRIu64 " byte%s.", length,
                   text_s(length));
    else
        incoming_refuse(session, name, length, errno, false);
}

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
    else if (!protocol_file_valid(wish->name))
        reply_line(
            session, REPLY_BAD_ARGUMENT,
            "Expected a name of at most %d bytes that does not begin with '.', and has no '/' "
            "and no control or invisible characters.",
            PROTOCOL_FILE_MAX);
    else
        return has_inbox(session, wish->name, wish->length);
    return false;
}

void verb_put(struct session *session, const char *argument)
{
    struct wish wish;

    if (!may_put(session, argument, &wish))
        return;
    if (wish.asks)
        answer_ask(session, wish.name, wish.length);
    else
        incoming_begin(session, &wish);
}
