/* A shared-memory object that belongs to one living process: shm_open(3) and a record lock. The
 * kernel ends the lock with the process, so no stored process ID has to be trusted. */
#ifndef SHM_TABLE_OBJECT_H
#define SHM_TABLE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the name of a room's object. */
void object_name(char *name, size_t size, const char *room);

/* Makes an empty object of this name, locked by this process; first removes a dead process's
 * object. Returns a descriptor, or -1 with errno: EBUSY if a living process has the object, EPERM
 * if another user owns it. Closing any descriptor of the object ends the lock (fcntl(2)). */
int object_make(const char *name);

/* Whether another process has the object. */
bool object_is_locked(int fd);

#endif
