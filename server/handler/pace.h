/* How fast a client asks, sends and takes; and how long it may be silent. */
#ifndef SERVER_HANDLER_PACE_H
#define SERVER_HANDLER_PACE_H

#include <stdint.h>

#include "server/handler/state.h"
#include "shm/table/types.h"

/* A transfer begins: its pace is measured from the first time that the client is waited for. */
void pace_begin(struct session *session);

/* As wait_for, with the patience of the limits: -1 with ETIMEDOUT where the client was slower than
 * min_rate over all of patience_s. `bytes`: how many have gone by now, of which at least one is
 * wanted in any case. */
int pace_wait(struct session *session, short events, uint64_t bytes);

/* A request line or bytes of one came (at me.active_ns). Returns the ms for which to read nothing
 * more, because the client asks faster than request_rate; 0: it does not. */
int pace_of_requests(struct session *session, uint64_t bytes);

/* A request is being answered: nothing is awaited from the client. */
void pace_answering(struct session *session);

/* The ns left to the client to send a line, to end one, or to go on with its hand-in; -1: any time.
 */
int64_t pace_time_to_ask(struct session *session);

/* Which of these it missed. */
enum left_why pace_missed(const struct session *session);

#endif
