/* What clients say. */
#define _POSIX_C_SOURCE 200809L

#include "server/verbs.h"

void cmd_message(struct session *session, const char *text)
{
    if (text[0] != '\0')
        session->me.messages++;
    session_reply(session, REPLY_MESSAGE, "%s ACK", text);
}
