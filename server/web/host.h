/* By which names this room may be reached. A page of another site can make a name of its own mean
 * this machine's address (DNS rebinding), and its visitors' browsers then take this room for a part
 * of that site. So a request must name the host by an address or by a name that is this machine's.
 */
#ifndef SERVER_WEB_HOST_H
#define SERVER_WEB_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "server/limits.h"

#define HOST_SIZE 256 /* bytes of a name, with its NUL */

struct host_names {
    size_t count;
    const char *name[LIMIT_BINDS]; /* given by --web-host */
    char machine[HOST_SIZE];       /* "": the system gives it none */
};

/* Takes apart an authority, "HOST" or "HOST:PORT": the host in small letters, without brackets and
 * without a dot at its end; the port, or 80. False: it is none. */
bool host_parse(const char *authority, char host[HOST_SIZE], unsigned *port);

/* Whether a host is an address, localhost, or one of the names; the machine's name counts with and
 * without its domain, and with ".local" (RFC 6762), which no other site can have. */
bool host_is_ours(const struct host_names *names, const char *host);

/* Whether both authorities are the same host and port. */
bool host_same(const char *one, const char *other);

#endif
