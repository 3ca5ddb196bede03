/* What clients hand in, beneath one directory: CLIENT/NAME. A file takes its room on the disk
 * before the first byte comes, under a name that no client can give; it gets its own name when it
 * is whole. An earlier file of that name is kept as NAME.~1~, .~2~ and so on. */
#ifndef SERVER_FILES_INBOX_H
#define SERVER_FILES_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* In bytes, but for `files`; earlier versions count. */
struct inbox_limits {
    uint64_t file;       /* one file */
    uint64_t client;     /* all of a client's */
    uint64_t total;      /* all */
    uint64_t free;       /* what the disk is to keep */
    unsigned long files; /* how many files a client's may be */
};

struct inbox {
    int fd;   /* -1: nothing is handed in here */
    int lock; /* held by the parent */
    struct inbox_limits limits;
};

/* The directory. Returns 0, or -1 with errno. */
int inbox_open(struct inbox *inbox, const char *path);

/* Whether one of these directories lies in the other, or both are one: then everybody could fetch
 * what is handed in. True also where that cannot be found out. */
bool inbox_overlaps(const struct inbox *inbox, int share);

/* The parent: makes it this process's own, and removes what an earlier one left unfinished. Returns
 * 0, or -1 with errno: EBUSY where another daemon has it. */
int inbox_claim(struct inbox *inbox);

/* The parent: what this handler left unfinished when it died. */
void inbox_forget(const struct inbox *inbox, pid_t pid);

/* Whether a file may be handed in under this name: 1 to 240 bytes, not beginning with a dot, no
 * '/'. The rest of NAME_MAX is for versions. */
#define INBOX_NAME_MAX 240
bool inbox_name_valid(const char *name);

/* A file being handed in. */
struct handin {
    const struct inbox *inbox;
    const char *name;
    int directory, fd;
    char temporary[32];
    uint64_t length;
    bool new_directory;
};

/* Takes the room for it. client and name stay the caller's. Returns 0, or -1 with errno: EFBIG (the
 * file), EDQUOT (the client's bytes), EMFILE (its files), ENOSPC (all, or the disk). */
int inbox_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                const char *name, uint64_t length);

/* The file that has this name now, to read. Returns a descriptor, or -1 with errno. */
int inbox_open_earlier(const struct inbox *inbox, const char *client, const char *name,
                       struct stat *st);

/* Puts it in its slot, and onto the disk; an earlier one is kept, and *kept says so. Returns 0, or
 * -1 with errno and nothing changed. */
int inbox_keep(struct handin *handin, bool *kept);

/* Removes it, or, after inbox_keep, what was open for it. */
void inbox_drop(struct handin *handin);

#endif
