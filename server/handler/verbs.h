/* The requests: one table, matched exactly; every other line is a chat message. */
#ifndef SERVER_HANDLER_VERBS_H
#define SERVER_HANDLER_VERBS_H

#include "server/handler/session.h"

/* Answers one clean, NUL-terminated line with exactly one reply. */
void verbs_answer(struct session *session, const char *line);

/* The help of every request, as lines of an open reply. */
void verbs_list(struct session *session);

/* One request each (cmd_*.c). argument: what follows the colon,
 * NULL where there is none. */
typedef void verb_answer(struct session *session, const char *argument);
verb_answer cmd_status, cmd_history, cmd_help, cmd_exit;
verb_answer cmd_message, cmd_join, cmd_leave, cmd_tell, cmd_nick;
verb_answer cmd_hand, cmd_unhand, cmd_hands;
verb_answer cmd_list, cmd_list_long, cmd_file, cmd_rest, cmd_pieces, cmd_sum, cmd_got;
verb_answer cmd_put;

#endif
