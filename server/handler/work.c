#define _POSIX_C_SOURCE 200809L

#include "server/handler/work.h"

#include <inttypes.h>
#include <poll.h>

#include "server/handler/conn.h"
#include "server/handler/pace.h"
#include "server/handler/reply.h"
#include "server/handler/transfer.h"
#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/system/platform.h"
#include "server/wire/clock.h"

/* ---- the beginning and the end */

void work_begin(struct session *session, const struct work *work, void *context)
{
    enum work_turn turn = WORK_GOES_ON;

    session->working.work = work;
    session->working.context = context;
    session->working.word = NULL;
    session->working.aside = false;
    session->working.told = 0;
    for (int i = 0; i < LIMIT_WORK_AT_ONCE && turn == WORK_GOES_ON; i++)
        turn = work->go_on(session, context);
    if (turn == WORK_DONE)
        return;
    wait_start_polling(session);
    reply_send(session); /* what was said before is heard now */
}

/* Forgets the work, which has let go of everything. */
static void forget(struct session *session)
{
    const bool shown = session->working.word != NULL;

    session->working.work = NULL;
    session->working.word = NULL;
    if (shown)
        transfer_finish(session);
    pace_answering(session); /* the client was not idle until now */
}

/* The line before a reply that was set aside. */
static void say_late(struct session *session)
{
    if (session->working.aside)
        reply_line(session, REPLY_LATE, "The reply set aside is next.");
}

void work_end(struct session *session)
{
    forget(session);
    say_late(session);
}

void work_drop(struct session *session)
{
    const struct work *work = session->working.work;

    if (work == NULL)
        return;
    work->drop(session, session->working.context);
    forget(session);
}

void work_stop(struct session *session)
{
    if (session->working.work == NULL)
        return;
    work_drop(session);
    say_late(session);
    reply_line(session, REPLY_BUSY, "Stopped.");
}

void work_set_aside(struct session *session)
{
    if (session->working.work == NULL || session->working.aside)
        return;
    session->working.aside = true;
    reply_line(session, REPLY_LATER, "The reply is set aside.");
}

/* ---- what is shown of it */

void work_show(struct session *session, const char *word, const char *name, uint64_t total)
{
    session->working.word = word;
    session->working.name = name;
    session->working.done = 0;
    session->working.total = total;
    transfer_finish(session);
}

void work_advance(struct session *session, uint64_t more)
{
    session->working.done += more;
    if (!state_is_sending(session) && session->receiving.name == NULL)
        transfer_advance(session, more);
}

/* ---- a turn */

/* Never waits for the client to read, because other handlers may wait for this digest. */
static void tell(struct session *session)
{
    int64_t now = clock_now();

    if (session->working.told == 0)
        session->working.told = now;
    if (now - session->working.told < LIMIT_WORKING_MS * CLOCK_MS || !conn_has_room(session))
        return;
    session->working.told = now;
    reply_line(session, REPLY_WORKING, "%" PRIu64 " %" PRIu64, session->working.done,
               session->working.total);
    reply_send(session);
}

/* Whether the loop reads no requests now, so that only a look into what has come finds "stop:".
 * What has come during a hand-in may be bytes of the file. */
static bool reads_nothing(const struct session *session)
{
    return (session->piece == 0 || session->held_length > 0) && session->receiving.name == NULL;
}

/* A client that has closed its sending side may still wait for the reply, or be gone: a line shows
 * which, because who is gone answers it with a reset. From then on such a client is told how far
 * the work is, even without pieces. False: the session is PARTING. */
static bool look_at_client(struct session *session)
{
    switch (platform_look_at_peer(session->fd)) {
    case PLATFORM_PEER_SENDS:
        break;
    case PLATFORM_PEER_ENDED:
        if (!session->ended)
            session->working.told = clock_now() - LIMIT_WORKING_MS * CLOCK_MS;
        session->ended = true;
        break;
    case PLATFORM_PEER_GONE:
        state_part(session, LEFT_LOST);
        return false;
    }
    return wait_or_part(session, 0);
}

/* Until there may be something to do: for the client and wake-ups, too, if the loop would read. */
static void rest(struct session *session)
{
    reply_send(session);
    if (session->piece == 0 || session->held_length > 0 || session->ended) {
        (void)wait_or_part(session, LIMIT_DIGEST_WAIT_MS);
        return;
    }
    session->wants_wakeup = session->joined;
    (void)wait_for(session, POLLIN, LIMIT_DIGEST_WAIT_MS);
    session->wants_wakeup = false;
}

void work_turn(struct session *session)
{
    const struct work *work = session->working.work;

    if (!look_at_client(session))
        return;
    if (reads_nothing(session) && conn_has_line(session, "stop:")) {
        work_stop(session);
        return;
    }
    if (session->piece > 0 || session->ended)
        tell(session);
    if (session->phase < PARTING && work->go_on(session, session->working.context) == WORK_WAITS &&
        !state_is_sending(session))
        rest(session);
}
