/* sd_notify(3)'s protocol: one datagram to $NOTIFY_SOCKET, a path or an abstract name. */
#ifndef SERVER_SYSTEM_NOTIFY_H
#define SERVER_SYSTEM_NOTIFY_H

#include <stdbool.h>

/* Whether somebody wants to be told. */
bool notify_wanted(void);

/* Sends state lines ("READY=1"). A failure is nobody's business but the service manager's. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
