/* Waiting: for the client, for a wake-up, and for the parent, which ends sessions. */
#ifndef SERVER_HANDLER_WAIT_H
#define SERVER_HANDLER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "server/handler/state.h"

/* The parent, once, before it forks: the session of its handlers, zeroed. SIGUSR1 tells a handler
 * to look at the table, or that the parent ended. */
void wait_prepare(struct session *session);

/* From now on this handler waits in pselect(2) alone, never in read(2) or write(2): for several
 * things at once. Calling it twice does nothing. */
void wait_start_polling(struct session *session);

/* Waits until the client takes (POLLOUT) or sends (POLLIN) something, or for a wake-up where one is
 * wanted (session->woken), for at most `timeout` ms (-1: for ever). A session that becomes PARTING
 * ends a wait for POLLIN at once. Returns 0, or -1 with errno: ETIMEDOUT, or ECANCELED where the
 * goodbye's time is over. */
int wait_for(struct session *session, short events, int64_t timeout);

/* For long work without the client: sleeps for `ms` (0: not at all), and returns whether to go on.
 * False: the session is PARTING. */
bool wait_or_part(struct session *session, int ms);

/* Whether the session ends because the server does. What failed then, as the table's lock after the
 * parent's death, is no reason for "try again later": the goodbye is the reply. */
bool wait_is_shutdown(struct session *session);

#endif
