/* Does what a typed line says: commands, requests and messages. */
#ifndef CLIENT_CHAT_COMMANDS_H
#define CLIENT_CHAT_COMMANDS_H

#include "client/chat/join.h"
#include "client/lines.h"

/* Does what the line says, and shows the outcome. LINES_EXIT sets PHASE_LEAVING. Call it in
 * PHASE_LISTENING. */
void commands_do(struct join *join, const struct lines_typed *typed);

/* Shows what the answer to a stopped request says (remote_late). */
void commands_late(struct ask *ask, unsigned number, const struct reply_line *answer);

#endif
