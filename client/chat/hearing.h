/* What the room says: noted, shown, and answered for a user who is away. */
#ifndef CLIENT_CHAT_HEARING_H
#define CLIENT_CHAT_HEARING_H

#include "client/chat/keyboard.h"
#include "client/chat/status.h"

struct hearing {
    struct ask *ask; /* the caller's, like status and keyboard */
    struct status *status;
    struct keyboard *keyboard;
};

/* Takes a room line. */
void hearing_line(struct hearing *hearing, const struct room_line *line);

#endif
