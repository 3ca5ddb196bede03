/* The status line of the conversation: the room, this client's name, and how things stand. */
#ifndef CLIENT_CHAT_STATUS_H
#define CLIENT_CHAT_STATUS_H

#include <stdbool.h>

#include "client/chat/ask.h"

struct status {
    int retry_seconds; /* while not connected: until the next try */
    bool late;         /* the server has been waited for longer than REMOTE_LATE_MS */
    unsigned percent;  /* of the server's work, as drawn last */
};

/* Puts it into the window, to be drawn with that. */
void status_show(const struct status *status, const struct ask *ask);

#endif
