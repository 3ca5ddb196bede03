/* The file of --log FILE. It is reached through its directory, so that a confined process can open
 * it anew after it was renamed. */
#ifndef SERVER_LOG_FILE_H
#define SERVER_LOG_FILE_H

#include "server/parcel.h"

/* Opens the directory of the file at `path`, which has a '/' and stays the caller's. Returns 0, or
 * -1 with errno. */
int log_file_reach(const char *path);

/* Then: opens the file to append to it, as the process's user, and makes it with mode 0640 if need
 * be. Where others can write to the directory, it must be no link, and ours or root's. Returns 0,
 * or -1 with an errno for log_file_why. */
int log_file_open(void);

/* Opens what has the file's name now, in place of what is open. Returns 0, or -1 with errno, and
 * the old one stays. */
int log_file_again(void);

/* Why it cannot be opened, in words. */
const char *log_file_why(int error);

/* The file, and its directory; -1: there is none. */
int log_file_descriptor(void);
int log_file_directory(void);

/* Packs or unpacks them. */
void log_file_carry(struct parcel *parcel);

#endif
