/* Waiting in the queue of a full room, over the connection that was refused. */
#ifndef CLIENT_LINK_PLACE_H
#define CLIENT_LINK_PLACE_H

#include <stdint.h>

#include "client/link/remote.h"
#include "client/link/voice.h"

/* After the server has said that it is full (*answer): asks to wait, and shows the place whenever
 * it changes, until the server says something else (*answer) or the time comes (monotonic, ns). If
 * the server knows no queue, or is gone, *answer stays what it was. REMOTE_READY or REMOTE_STOPPED.
 */
enum remote_state place_wait(struct remote *remote, const struct voice *voice, int64_t until,
                             struct answer *answer);

#endif
