/* The beginning and the end of a session: the greeting, the room's key, the client's name, leaving,
 * and connecting again as the same client. */
#ifndef CLIENT_LINK_HELLO_H
#define CLIENT_LINK_HELLO_H

#include <stdbool.h>

#include "client/link/answer.h"

/* Reads the greeting of a new connection, proves that the client has the room's key where the
 * server asks for that, and shows the greeting in a conversation. ANSWER_DONE or ANSWER_LOST. */
enum answer_end hello_greet(struct remote *remote, const struct voice *voice);

/* Takes a name, or takes it back if this client had it before. ANSWER_DONE, ANSWER_FAILED (the
 * server refused it) or ANSWER_LOST. */
enum answer_end hello_name(struct remote *remote, const struct voice *voice, const char *name);

/* Before a file is moved: asks, once in each connection, that files come in pieces
 * (remote_pieces). ANSWER_DONE or ANSWER_LOST. */
enum answer_end hello_pieces(struct remote *remote, const struct voice *voice);

/* After a connection was lost: waits, longer with each try (counted from 1), connects again, and
 * resumes the session with the name that the client had. ANSWER_DONE or ANSWER_LOST. */
enum answer_end hello_again(struct remote *remote, const struct voice *voice, unsigned tries);

/* Whether a client that was moving a file may connect again after its session has ended: not after
 * the server ended the session with 421, unless it did so because of a limit of time, and not after
 * somebody else got the client's name. */
bool hello_may_return(const struct remote *remote);

/* Whether try number `tries` to connect again may follow a request that ended like this. */
bool hello_may_try(const struct remote *remote, enum answer_end end, unsigned tries);

/* After a connection was lost without a word, with a file under way: connects once more, naming the
 * session, and says why the server ended it, if it did. Closes that connection. */
void hello_ask_why(struct remote *remote, const struct voice *voice);

/* Says "exit" and waits a moment for the answer. ANSWER_LOST: the server had ended the session
 * before, with 421, which has been said; else ANSWER_DONE. The connection stays open. */
enum answer_end hello_leave(struct remote *remote, const struct voice *voice);

#endif
