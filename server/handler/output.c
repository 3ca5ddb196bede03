#define _POSIX_C_SOURCE 200809L

#include "server/handler/output.h"

#include "server/handler/pace.h"
#include "server/system/platform.h"

/* Waits for the client. The bytes that it has taken are all counted bytes, except the unwritten
 * ones (`left`) and those in the system's buffer. */
int output_wait(void *context, short events, size_t left)
{
    struct session *session = context;

    return pace_wait(session, events, session->me.bytes_out - left - platform_unsent(session->fd));
}

void output_write(struct session *session, const void *data, size_t size)
{
    if (session->phase != MUTE && line_write(session->fd, data, size, output_wait, session) != 0)
        state_lose(session);
}
