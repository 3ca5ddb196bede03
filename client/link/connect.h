/* Makes the connection to a rollcalld, and makes it again after a loss. */
#ifndef CLIENT_LINK_CONNECT_H
#define CLIENT_LINK_CONNECT_H

#include "client/link/remote.h"

/* Tries all addresses of a host; host and port must outlive the remote. Returns 0, or -1 and *error
 * is one line. */
int connect_to(struct remote *remote, const char *host, const char *port, char *error, size_t size);

/* Connects to the same host and port again, after remote_close. */
int connect_again(struct remote *remote, char *error, size_t size);

#endif
