/* The beginning and the end of a session: the greeting, the room's key, the client's name, leaving,
 * and connecting again as the same client. */
#ifndef CLIENT_LINK_HELLO_H
#define CLIENT_LINK_HELLO_H

#include <stdbool.h>

#include "client/link/answer.h"

/* Reads the greeting of a new connection, and proves that the client has the room's key where the
 * server asks for that. waits: in the queue, where the room is full. ANSWER_DONE (remote->name is
 * what the client is called) or ANSWER_LOST. */
enum answer_end hello_greet(struct remote *remote, const struct voice *voice, bool waits);

/* The same when the program begins. Where the room is full, says what to do, or if `seconds` is not
 * 0 waits in its queue, or where there is none connects again and again, until the client is let in
 * or that time is over. */
enum answer_end hello_enter(struct remote *remote, const struct voice *voice,
                            unsigned long seconds);

/* Takes a name, or takes it back if this client had it before. ANSWER_DONE, ANSWER_FAILED (the
 * server refused it) or ANSWER_LOST. */
enum answer_end hello_name(struct remote *remote, const struct voice *voice, const char *name);

/* Before a file is moved: asks, once in each connection, that files come in pieces
 * (bytes_ask_pieces). ANSWER_DONE or ANSWER_LOST. */
enum answer_end hello_pieces(struct remote *remote, const struct voice *voice);

/* After a connection was lost: waits, longer with each try (counted from 1), connects again, and
 * resumes the session with the name that the client had. ANSWER_DONE or ANSWER_LOST. */
enum answer_end hello_again(struct remote *remote, const struct voice *voice, unsigned tries);

/* Whether a client may reconnect after its session ended during a transfer. Not if the server ended
 * the session with 421, except for a time limit; and not if another client got the name. */
bool hello_may_return(const struct remote *remote);

/* Whether try number `tries` to connect again may follow a request that ended like this. */
bool hello_may_try(const struct remote *remote, enum answer_end end, unsigned tries);

/* After a connection broke without a reply during a transfer: connects once more, names the
 * session, and if the server had ended that session, says why. Closes the new connection. */
void hello_ask_why(struct remote *remote, const struct voice *voice);

/* Sends "exit" and waits a moment for the answer, unless the user has stopped another request.
 * ANSWER_LOST: the server had already ended the session with 421, and the user has been told; else
 * ANSWER_DONE. The connection stays open. */
enum answer_end hello_leave(struct remote *remote, const struct voice *voice);

#endif
