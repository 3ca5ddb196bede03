/* The runtime directory: a room's sockets. It is the working directory of parent and handlers, so
 * that a socket's name is short whatever the path (sun_path has room for about 100 bytes). */
#ifndef SERVER_SYSTEM_RUNTIME_H
#define SERVER_SYSTEM_RUNTIME_H

#include <stddef.h>

#include "shm/table/registry.h"

/* Makes the room's directory in `base`, or where that is NULL in $RUNTIME_DIRECTORY,
 * $XDG_RUNTIME_DIR/rollcall or /tmp/rollcall-UID, the first that will do; removes the sockets that
 * a dead daemon left in it, and goes there; path becomes its own. Nobody else may enter it. One
 * that holds anything else is another one's: nothing in it is touched. Returns a descriptor of it,
 * the caller's to close, or -1 and *error is one line. */
int runtime_enter(char path[TABLE_RUNTIME], const char *base, const char *room, char *error,
                  size_t size);

/* At the end: removes it, the working directory, and the sockets in it. */
void runtime_remove(const char *path);

#endif
