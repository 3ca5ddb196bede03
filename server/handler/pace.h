/* Limits on a client: how fast it asks, sends and reads, and how long it may be silent. */
#ifndef SERVER_HANDLER_PACE_H
#define SERVER_HANDLER_PACE_H

#include <stdint.h>

#include "server/handler/state.h"
#include "shm/table/types.h"

/* Starts a transfer: its pace is measured from the first wait for the client. */
void pace_begin(struct session *session);

/* Like wait_for, but fails with ETIMEDOUT if the client moved less than min_rate bytes a second, or
 * none at all, over patience_s. `bytes`: the bytes moved so far. */
int pace_wait(struct session *session, short events, uint64_t bytes);

/* Notes that a request line or a part of one came (at session->came). Returns for how many ms to
 * stop reading, because the client exceeds request_rate; 0: it does not. */
int pace_of_requests(struct session *session, uint64_t bytes);

/* Notes that a request is being answered, so that no time limit runs. */
void pace_answering(struct session *session);

/* The ns left to the client to send a line, to end one, or to go on with its hand-in; -1: any time.
 */
int64_t pace_time_to_ask(struct session *session);

/* The time limit that the client missed. */
enum left_why pace_missed(const struct session *session);

#endif
