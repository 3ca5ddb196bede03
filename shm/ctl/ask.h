/* Requests of rollcallctl to the daemon: one datagram to the parent's socket in the runtime
 * directory, whose path is in the table, and one datagram back. */
#ifndef SHM_CTL_ASK_H
#define SHM_CTL_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "shm/ctl/outcome.h"
#include "shm/table/types.h"

/* Makes a request of a word and `count` words after it. False: that is no line that the daemon
 * takes.
 */
#define ASK_REQUEST (MESSAGE_TEXT + 64)
bool ask_words(char request[ASK_REQUEST], const char *word, const char *const *words, int count);

/* Opens the room's runtime directory, which is not where a handler says, but one that only the
 * daemon of this room can have made. Returns a descriptor, the caller's, or -1 with errno: EPERM if
 * it is not that daemon's. */
int ask_open_runtime(const struct table *table);

/* Sends a request (shm/table/control.h) and receives the answer, one line, into `answer` of `size`
 * bytes. The runtime directory becomes the working directory. Returns 0, or -1 with errno: those of
 * ask_open_runtime, ETIMEDOUT if the daemon takes no request or does not
 * answer within ASK_PATIENCE_MS. */
int ask_parent(const struct table *table, const char *request, char *answer, size_t size);

/* A whole command: makes the request for a room, sends it, and tells the user what went wrong.
 * Returns the exit status. */
enum status ask_room(const struct table *table, const char *room, const char *word,
                     const char *const *words, int count);

#endif
