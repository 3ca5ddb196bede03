/* What the supervisor hands a handler. */
#ifndef SERVER_ADMITTED_H
#define SERVER_ADMITTED_H

#include <signal.h>
#include <stdint.h>

#include "shm/registry.h"

struct admitted {
    int fd;           /* the client; non-blocking, the handler's to close */
    int lifeline;     /* reads as ended when the parent shuts down or dies */
    uint32_t place;   /* from 0 */
    sigset_t waiting; /* what is blocked while it waits: all that the parent blocks but SIGUSR1 */
    uint64_t serial;
    struct registry_peer peer;
};

#endif
