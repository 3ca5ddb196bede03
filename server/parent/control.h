/* The parent's socket in the runtime directory, for who runs the room (rollcallctl) and for a
 * handler whose client takes its name back: one datagram asks, one answers. */
#ifndef SERVER_PARENT_CONTROL_H
#define SERVER_PARENT_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define CONTROL_MAX 4200 /* bytes: a word, and a line to say */

struct control_request {
    char text[CONTROL_MAX + 1]; /* NUL-terminated, as it came */
    struct sockaddr_un from;
    socklen_t from_size; /* 0: wants no answer */
};

/* In the working directory. Returns a descriptor, or -1 with errno. */
int control_open(void);

/* The next request. Returns 1, 0: there is none, or -1: what came is none. */
int control_receive(int control, struct control_request *request);

/* "ok", or one line that says what is wrong. Who asked and has died leaves a socket, which is
 * removed. */
void control_answer(int control, const struct control_request *request, const char *answer);

/* A handler: has its parent, and no later one, end a session of this client, which has come back.
 * Returns 0, or -1 with errno. */
int control_retire(pid_t parent, uint32_t slot, uint64_t serial);

#endif
