#define _POSIX_C_SOURCE 200809L

#include "server/handler/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "server/handler/conn.h"
#include "server/handler/reply.h"
#include "server/wire/clock.h"
#include "server/wire/descriptors.h"
#include "server/wire/text.h"
#include "shm/table/types.h"

int relay_join(struct session *session, const struct hear_place *from)
{
    const unsigned long earlier = session->service->earlier;
    int watch;

    if (session->joined)
        return 0;
    watch =
        bell_watch(session->service->bell, session->slot.number, session->fd, session->lifeline);
    if (watch < 0 && errno != ENOSYS)
        return -1;
    if ((from != NULL ? hear_resume(&session->slot, earlier, from)
                      : hear_join(&session->slot, earlier)) != 0) {
        if (watch >= 0)
            descriptors_close(watch);
        return -1;
    }
    session->watch = watch;
    session->joined = true;
    return 0;
}

void relay_leave(struct session *session)
{
    if (!session->joined)
        return;
    hear_leave(&session->slot);
    session->joined = false;
    if (session->watch >= 0)
        close(session->watch);
    session->watch = -1;
}

bool relay_is_due(const struct session *session)
{
    return session->joined && hear_pending(&session->slot);
}

/* Stops counting lines that were sent as unread. */
static void note_sent(struct session *session)
{
    if (session->joined)
        hear_sent(&session->slot);
}

/* The table is shared, so its lines are data to be checked: a text that would make two lines of one
 * is dropped. */
static bool is_whole(const struct message *line)
{
    return line->head.kind < MESSAGE_KINDS && text_is_clean(line->text, line->head.length);
}

/* Reads the next line for this client. False: there is none. *lost: the number of lines that were
 * overwritten unread; *earlier: the line was said before the client joined. */
static bool take_line(struct session *session, struct message *line, uint64_t *lost, bool *earlier)
{
    bool taken;

    do
        taken = hear_next(&session->slot, line, earlier);
    while (taken && !is_whole(line));
    *lost = session->slot.reader.lost;
    session->slot.reader.lost = 0;
    return taken;
}

/* The same time as the last line's is the usual case. */
static const char *utc_of(int64_t when)
{
    static char text[CLOCK_UTC_SIZE];
    static int64_t last = INT64_MIN;

    if (when != last)
        clock_utc(text, (time_t)when);
    last = when;
    return text;
}

static void put_line(struct session *session, const struct message *line, bool earlier)
{
    static const enum reply_code codes[MESSAGE_KINDS] = {
        [MESSAGE_SAID] = ROOM_LINE_SAID,       [MESSAGE_TOLD] = ROOM_LINE_TOLD,
        [MESSAGE_CAME] = ROOM_LINE_CAME,       [MESSAGE_WENT] = ROOM_LINE_WENT,
        [MESSAGE_RENAMED] = ROOM_LINE_RENAMED, [MESSAGE_RAISED] = ROOM_LINE_RAISED,
        [MESSAGE_LOWERED] = ROOM_LINE_LOWERED, [MESSAGE_ANNOUNCED] = ROOM_LINE_ANNOUNCED,
    };
    const enum reply_code code = earlier ? ROOM_LINE_EARLIER : codes[line->head.kind];
    const char *nobody = earlier && line->head.kind == MESSAGE_ANNOUNCED ? "* " : "";

    if (session->numbered)
        reply_line(session, code, "@%" PRIu64 " %s %s%s", relay_number(line->head.order),
                   utc_of(line->head.when), nobody, line->text);
    else if (earlier)
        reply_line(session, code, "%s %s%s", utc_of(line->head.when), nobody, line->text);
    else
        reply_text(session, code, line->text, line->head.length);
}

/* Whether to send the next line. A request from the client goes first: otherwise a client that
 * reads slowly could never leave a busy room. */
static bool goes_on(struct session *session, bool may_wait)
{
    if (reply_has_room(session))
        return true;
    reply_rest(session);
    note_sent(session);
    return session->phase == PRESENT && !conn_has_input(session) &&
           (may_wait || conn_has_room(session));
}

static void deliver(struct session *session, bool may_wait)
{
    static struct message line;
    uint64_t lost;
    bool earlier, more;

    hear_look(&session->slot);
    do {
        more = take_line(session, &line, &lost, &earlier);
        if (lost > 0)
            reply_line(session, ROOM_LINE_LOST, "%" PRIu64, lost);
        if (more)
            put_line(session, &line, earlier);
    } while (more && goes_on(session, may_wait));
    reply_rest(session);
    note_sent(session);
}

void relay_deliver(struct session *session)
{
    deliver(session, true);
}

void relay_offer(struct session *session)
{
    const char *held;

    if (line_peek(&session->reader, &held) == 0 && !conn_has_input(session) &&
        conn_has_room(session))
        deliver(session, false);
}
