/* Joining and leaving: whether the client hears what others say. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>

#include "server/events.h"
#include "server/handler/relay.h"
#include "server/handler/reply.h"
#include "server/handler/verbs.h"
#include "server/handler/wait.h"
#include "shm/table/hear.h"

static void fail(struct session *session)
{
    event_not_heard(session->me.name, errno);
    if (!wait_is_shutdown(session))
        reply_line(session, REPLY_BUSY, "Not possible now, try again later.");
}

void verb_join(struct session *session, const char *none)
{
    (void)none;
    if (relay_join(session, NULL) != 0) {
        fail(session);
        return;
    }
    session->numbered = false;
    reply_line(session, REPLY_MESSAGE, "Joined %s", session->service->room);
}

/* "RUN NUMBER". A word that is no run of ours is another room's, or an earlier daemon's: run 0. */
static bool parse_place(const char *from, struct hear_place *place)
{
    char run[PROTOCOL_NAME_MAX + 1];
    const char *number;

    if (!protocol_parse_name(from, run, &number) || !protocol_parse_number(number, &place->order) ||
        place->order < relay_number(0))
        return false;
    place->order -= relay_number(0);
    if (!protocol_parse_number(run, &place->run))
        place->run = 0;
    return true;
}

void verb_join_numbered(struct session *session, const char *from)
{
    struct hear_place place = {.replaced = session->replaced};

    if (from[0] != '\0' && !parse_place(from, &place)) {
        reply_line(session, REPLY_BAD_ARGUMENT, "Expected join:, or join:RUN NUMBER.");
        return;
    }
    if (relay_join(session, from[0] != '\0' ? &place : NULL) != 0) {
        fail(session);
        return;
    }
    session->numbered = true;
    place = hear_place(&session->slot);
    reply_line(session, REPLY_MESSAGE, "Joined %s. %" PRIu64 " %" PRIu64, session->service->room,
               place.run, relay_number(place.order));
}

void verb_leave(struct session *session, const char *none)
{
    (void)none;
    relay_leave(session);
    reply_line(session, REPLY_MESSAGE, "Left %s", session->service->room);
}
