/* A shared-memory object that belongs to one living process: shm_open(3), and a record lock that
 * the kernel ends with that process, so that no pid has to be believed. */
#ifndef SHM_TABLE_OBJECT_H
#define SHM_TABLE_OBJECT_H

#include <stdbool.h>

/* Makes an object of this name, empty and locked by this process; what a dead one left is removed
 * first. Returns a descriptor, or -1 with errno: EBUSY where a living process has it, EPERM where
 * it is another user's. Closing any descriptor of the object ends the lock (fcntl(2)). */
int object_make(const char *path);

/* Whether another process has it. */
bool object_is_locked(int fd);

#endif
