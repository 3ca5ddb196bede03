/* The requests: one table, matched exactly; every other line is a chat message. */
#ifndef SERVER_HANDLER_VERBS_H
#define SERVER_HANDLER_VERBS_H

#include "server/handler/state.h"

/* Answers one clean, NUL-terminated line with exactly one reply. */
void verbs_answer(struct session *session, const char *line);

/* Whether the line must wait, and so those behind it, for the end of the file that is being sent,
 * or of the work that is under way. */
bool verbs_waits(const struct session *session, const char *line);

/* One function for each request (verb_*.c). argument: the text after the colon, or NULL without a
 * colon. */
typedef void verb_answer(struct session *session, const char *argument);
verb_answer verb_status, verb_status_long, verb_history, verb_wait, verb_exit;
verb_answer verb_message, verb_join, verb_join_numbered, verb_leave, verb_tell, verb_nick;
verb_answer verb_hand, verb_unhand, verb_hands, verb_hands_long;
verb_answer verb_list, verb_list_long, verb_file, verb_rest, verb_pieces, verb_sum, verb_got;
verb_answer verb_put, verb_piece, verb_stop, verb_token;

/* Drops the hand-in that is under way, if one is. */
void verb_handin_drop(struct session *session);

#endif
