/* What a handler has the clerk record of its session. Without a journal nothing happens. */
#ifndef SERVER_HANDLER_RECORDING_H
#define SERVER_HANDLER_RECORDING_H

#include <stdbool.h>

#include "server/handler/state.h"
#include "shm/table/types.h"

static inline bool recording_is_on(const struct session *session)
{
    return session->service->journal >= 0;
}

/* The client knew the key, and is in the room; it has the name of session->me. What cannot be
 * recorded is logged: the room goes on. */
void recording_entered(struct session *session);
void recording_named(struct session *session);

/* A transfer of the file `name`. Returns 0 when it is recorded (a hand-in: on the disk), or -1 with
 * errno. */
int recording_transfer(struct session *session, const struct transfer *transfer, const char *name);

/* Says why the session ends, and what it was. Waits for nobody. */
void recording_leaving(struct session *session);

#endif
