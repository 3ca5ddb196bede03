/* A rollcallctl that waits for its answer: one datagram, CONTROL_OK or a line that says what is
 * wrong (shm/table/control.h). */
#ifndef SERVER_PARENT_ASKER_H
#define SERVER_PARENT_ASKER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct asker {
    struct sockaddr_un from;
    socklen_t size; /* 0: it wants no answer */
};

/* Sends the answer. If rollcallctl died after its request, removes the socket that it left. */
void asker_answer(int control, const struct asker *asker, const char *text);

#endif
