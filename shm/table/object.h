/* A shared-memory object that belongs to one living process: shm_open(3), and a record lock that
 * the kernel ends with that process, so that no process ID has to be believed. */
#ifndef SHM_TABLE_OBJECT_H
#define SHM_TABLE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the name of a room's object. */
void object_name(char *name, size_t size, const char *room);

/* Makes an object of this name, empty and locked by this process, and first removes what a dead
 * process left. Returns a descriptor, or -1 with errno: EBUSY if a living process has the object,
 * EPERM if it is another user's. Closing any descriptor of the object ends the lock (fcntl(2)). */
int object_make(const char *name);

/* Whether another process has the object. */
bool object_is_locked(int fd);

#endif
