#define _POSIX_C_SOURCE 200809L

#include "server/handler/state.h"

#include <errno.h>

#include "server/limits.h"
#include "server/wire/clock.h"
#include "shm/table/slot.h"

void state_part(struct session *session, enum left_why why)
{
    if (session->phase >= PARTING)
        return;
    session->phase = PARTING;
    session->why = why;
    session->part_by = clock_now() + LIMIT_GOODBYE_MS * CLOCK_MS;
}

void state_break_off(struct session *session, enum left_why why)
{
    state_part(session, why);
    session->phase = MUTE;
}

void state_lose(struct session *session)
{
    state_break_off(session, errno == ETIMEDOUT ? LEFT_READS_NOTHING : LEFT_LOST);
}

void state_publish(struct session *session)
{
    if (session->recorded)
        slot_update(&session->slot, &session->me);
}
