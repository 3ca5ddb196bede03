/* A file to which the conversation is added as it is shown, each line with its date and time. */
#ifndef CLIENT_CHAT_CHATLOG_H
#define CLIENT_CHAT_CHATLOG_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

struct chatlog {
    bool open;
    int fd;
    char path[PATH_MAX];
};

/* Begins to add lines to a file, which only this user can read if it is new, and ends the log
 * before. Returns 0, or -1 with errno: EINVAL where it is no regular file. */
int chatlog_open(struct chatlog *log, const char *path);

/* Adds a line of that time. Escape sequences are left out, and `skipped` bytes of what is visible.
 * Returns 0, or -1 with errno, and then the log has ended. */
int chatlog_add(struct chatlog *log, time_t when, const char *line, size_t skipped);

/* Ends the log, if there is one. */
void chatlog_close(struct chatlog *log);

#endif
