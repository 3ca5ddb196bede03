/* The runtime directory: a room's sockets, and where its journal is. It is the working directory of
 * parent and handlers, so that the sockets have short names whatever its path is: an address has
 * room for about 100 bytes (unix(7), sun_path). */
#ifndef SERVER_SYSTEM_RUNTIME_H
#define SERVER_SYSTEM_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

/* How what a room has in it is named. */
struct runtime_names {
    const char *control; /* the parent's socket */
    const char *journal; /* a symbolic link */
    const char *asks;    /* what the names of rollcallctl's sockets begin with, before a number */
};

/* Makes the directory `room` in `base`, or where that is NULL in $RUNTIME_DIRECTORY,
 * $XDG_RUNTIME_DIR/rollcall or /tmp/rollcall-UID, the first that will do; removes what a
 * dead daemon left in it, and changes to it. Nobody but this user may enter it. If it holds
 * anything but that it is not ours, and nothing in it is touched. Writes its path into the
 * `path_size` bytes at path. Returns a descriptor of it, the caller's, or -1 and *error is one
 * line; then no directory `room` is left that this call made. */
int runtime_enter(char *path, size_t path_size, const char *base, const char *room,
                  const struct runtime_names *names, char *error, size_t size);

/* Enters the directory of this path, which runtime_enter has chosen, once more, and makes it if it
 * is gone (but not what is above it). own: its base is the daemon's choice. Returns 0, or -1 with
 * errno. */
int runtime_return(const char *path, bool own);

/* Removes the directory, which is the working directory, and what is ours in it. Where no
 * descriptor is free to look for more, only the control socket: no handler has run then. */
void runtime_remove(const char *path, const struct runtime_names *names);

#endif
