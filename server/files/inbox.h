/* The directory for what clients hand in: CLIENT/NAME beneath it, and for each file that is still
 * coming .incoming-PID, where PID is its handler's. One daemon at a time has it. The parent's part
 * is here, a handler's in handin.h. */
#ifndef SERVER_FILES_INBOX_H
#define SERVER_FILES_INBOX_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In bytes, but for `files`; earlier versions of a file count. */
struct inbox_limits {
    uint64_t file;       /* one file */
    uint64_t client;     /* all of a client's files */
    uint64_t total;      /* all files */
    uint64_t free;       /* what stays free on the disk */
    unsigned long files; /* a number: a client's files */
};

struct inbox {
    int fd;   /* the directory; -1: there is no inbox */
    int lock; /* the parent's alone */
    struct inbox_limits limits;
};

/* Opens the directory; the descriptor stays open as long as the daemon runs. Returns 0, or -1 with
 * errno. */
int inbox_open(struct inbox *inbox, const char *path);

/* Whether inbox and share are the same directory or one lies in the other: then everybody could
 * fetch what is handed in. True also where that cannot be found out. */
bool inbox_overlaps(const struct inbox *inbox, int share);

/* Whether the user that the process is now may use the inbox: another one may have opened it.
 * Returns 0, or -1 with errno. Changes nothing. */
int inbox_check(const struct inbox *inbox);

/* Makes the inbox this process's, with a record lock (fcntl(2)) that ends with the process, and
 * removes what an earlier daemon left unfinished. Returns 0, or -1 with errno: EBUSY where another
 * daemon has it. */
int inbox_claim(struct inbox *inbox);

/* Removes what this handler left unfinished when it ended. Does nothing without an inbox. */
void inbox_forget(const struct inbox *inbox, pid_t pid);

/* ---- for handin.c */

/* The name, in the inbox, of the file that this handler is receiving. */
#define INBOX_UNFINISHED_SIZE 32
void inbox_name_unfinished(char to[INBOX_UNFINISHED_SIZE], pid_t pid);

/* The names in a directory, from the first one on. The caller closes it. NULL with errno. */
DIR *inbox_list(int directory);

#endif
