/* Listening sockets from the service manager (sd_listen_fds(3)): those that it has opened for us;
 * and our own, which it keeps in its descriptor store while we restart, so that connections wait
 * meanwhile (FileDescriptorStoreMax= in systemd.service(5)). */
#ifndef SERVER_PARENT_INHERITED_H
#define SERVER_PARENT_INHERITED_H

#include <stddef.h>

#include "server/parent/listener.h"

struct inherited {
    struct listener line, web;           /* it has opened; "web" by that name, the page's */
    struct listener kept_line, kept_web; /* it has kept */
};

/* Takes over the sockets of $LISTEN_FDS if they are for this process, by their names
 * ($LISTEN_FDNAMES), clears the variables, and closes all other descriptors but the standard ones.
 * *all was empty. Returns how many sockets, or -1 and *error is one line where one of them is not a
 * listening stream socket. */
int inherited_take(struct inherited *all, char *error, size_t size);

/* Has the service manager keep those sockets that it has not opened, and no others. */
void inherited_keep(const struct listener *line, const struct listener *web);

/* Has it keep none. */
void inherited_forget(void);

#endif
