/* The directory of hand-ins: CLIENT/NAME beneath it (one CLIENT for all spellings of a name that
 * are the same name), .incoming-PID for each file that a handler with that PID is still receiving,
 * and the parts of what broke off (handin_part.h). One daemon at a time has the inbox. The parent's
 * side is here, a handler's in handin.h. */
#ifndef SERVER_FILES_INBOX_H
#define SERVER_FILES_INBOX_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In bytes, but for the last two; earlier versions of a file count. */
struct inbox_limits {
    uint64_t file;       /* one file */
    uint64_t client;     /* all of a client's files */
    uint64_t total;      /* all files */
    uint64_t free;       /* what stays free on the disk */
    unsigned long files; /* a number: a client's files */
    unsigned long parts; /* seconds for which a part is kept; 0: there are none */
};

struct inbox {
    const char *path; /* absolute; NULL: not known */
    int fd;           /* the directory; -1: there is no inbox */
    int lock;         /* the parent's alone */
    struct inbox_limits limits;
    bool group; /* the daemon's group may read what is handed in; the umask lets it, too */
};

/* Opens the directory; the descriptor stays open while the daemon runs. Returns 0, or -1 with
 * errno. */
int inbox_open(struct inbox *inbox, const char *path);

/* Whether inbox and share are the same directory or one contains the other: then everybody could
 * fetch hand-ins. True also if that cannot be determined. */
bool inbox_overlaps(const struct inbox *inbox, int share);

/* Whether a directory is the other one, or lies in it. True also if that cannot be found out. */
bool inbox_is_in(int directory, int other);

/* Checks that the process's current user may use the inbox, because another user may have opened
 * it. Returns 0, or -1 with errno. Changes nothing. */
int inbox_check(const struct inbox *inbox);

/* Claims the inbox for this process with a record lock (fcntl(2)), which ends with the process, and
 * removes an earlier daemon's unfinished files, and the parts whose time is over. Returns 0, or -1
 * with errno: EBUSY if another daemon has the inbox. */
int inbox_claim(struct inbox *inbox);

/* Removes the unfinished file of a handler that has ended. Does nothing without an inbox. */
void inbox_forget(const struct inbox *inbox, pid_t pid);

/* Removes the parts whose time is over. Does nothing without an inbox. */
void inbox_tidy(const struct inbox *inbox);

/* ---- for handin.c */

/* The name, in the inbox, of the file that this handler is receiving. */
#define INBOX_UNFINISHED_SIZE 32
void inbox_name_unfinished(char to[INBOX_UNFINISHED_SIZE], pid_t pid);

/* Removes such a file, if it is one (handin_part_is_made). Returns 0 or -1. */
int inbox_remove_unfinished(const struct inbox *inbox, const char *name);

/* The names in a directory, from the first one on. The caller closes it. NULL with errno. */
DIR *inbox_list(int directory);

#endif
