#define _POSIX_C_SOURCE 200809L

#include "server/handler/pace.h"

#include <errno.h>

#include "server/handler/wait.h"
#include "server/limits.h"
#include "server/wire/clock.h"

/* ---- transfers */

void pace_begin(struct session *session)
{
    session->pace_since = 0;
}

static void measure_from(struct session *session, int64_t now, uint64_t bytes)
{
    session->pace_since = now;
    session->pace_bytes = bytes;
}

int pace_wait(struct session *session, short events, uint64_t bytes)
{
    const struct session_limits *limits = &session->service->limits;
    int64_t patience = (int64_t)limits->patience_s * CLOCK_S, now = clock_now();
    uint64_t wanted = limits->min_rate * limits->patience_s;

    if (session->pace_since == 0)
        measure_from(session, now, bytes);
    if (now - session->pace_since >= patience) {
        if (bytes - session->pace_bytes < (wanted > 0 ? wanted : 1)) {
            errno = ETIMEDOUT;
            return -1;
        }
        measure_from(session, now, bytes);
    }
    if (wait_for(session, events, (session->pace_since + patience - now) / CLOCK_MS + 1) != 0 &&
        errno != ETIMEDOUT)
        return -1;
    return 0;
}

/* ---- requests */

int pace_of_requests(struct session *session, uint64_t bytes)
{
    uint64_t rate = session->service->limits.request_rate;
    int64_t now = session->came, ahead;

    if (rate == 0)
        return 0;
    if (session->due < now)
        session->due = now;
    session->due += (int64_t)((double)bytes * 1e9 / (double)rate);
    ahead = session->due - now - LIMIT_BURST_S * CLOCK_S;
    return ahead < CLOCK_MS ? 0 : (int)(ahead / CLOCK_MS);
}

void pace_answering(struct session *session)
{
    session->line_since = session->idle_since = 0;
}

/* The ns until the pace of a hand-in must be checked again; 0: the hand-in is too slow. */
static int64_t time_to_send(struct session *session)
{
    const struct session_limits *limits = &session->service->limits;
    int64_t patience = (int64_t)limits->patience_s * CLOCK_S, now = clock_now();
    uint64_t wanted = limits->min_rate * limits->patience_s;

    if (session->pace_since == 0)
        measure_from(session, now, session->me.bytes_in);
    if (now - session->pace_since >= patience) {
        if (session->me.bytes_in - session->pace_bytes < (wanted > 0 ? wanted : 1))
            return 0;
        measure_from(session, now, session->me.bytes_in);
    }
    return session->pace_since + patience - now;
}

int64_t pace_time_to_ask(struct session *session)
{
    const struct session_limits *limits = &session->service->limits;
    int64_t since, seconds = (int64_t)limits->idle_s, left;

    if (session->incoming != NULL)
        return time_to_send(session);
    if (session->idle_since == 0)
        session->idle_since = clock_now();
    since = session->idle_since;
    if (session->phase != GREETING && !line_begun(&session->reader)) {
        session->line_since = 0;
    } else if (limits->line_s > 0) {
        if (session->line_since == 0)
            session->line_since = clock_now();
        since = session->line_since;
        seconds = (int64_t)limits->line_s;
    }
    if (seconds == 0)
        return -1;
    left = since + seconds * CLOCK_S - clock_now();
    return left > 0 ? left : 0;
}

enum left_why pace_missed(const struct session *session)
{
    if (session->incoming != NULL)
        return LEFT_SENDS_NOTHING;
    return session->line_since != 0 ? LEFT_LINE_TIMEOUT : LEFT_IDLE;
}
