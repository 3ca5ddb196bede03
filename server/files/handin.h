/* One file that a client hands in. Its space on the disk is reserved before the first byte comes,
 * under a name that no client can give; the file gets its own name, CLIENT/NAME in the inbox, when
 * it is whole. An earlier file of that name becomes NAME.~1~, .~2~ and so on. */
#ifndef SERVER_FILES_HANDIN_H
#define SERVER_FILES_HANDIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "server/files/inbox.h"

struct handin {
    const struct inbox *inbox;
    const char *client, *name;
    int directory;                          /* the client's; -1: closed, or not made yet */
    int fd;                                 /* the file being received; -1: closed */
    char unfinished[INBOX_UNFINISHED_SIZE]; /* its name in the inbox until it is kept; then "" */
    uint64_t length;                        /* bytes, as announced */
    bool new_directory;                     /* it was made for this file */
};

/* Whether a file may be handed in under this name: 1 to 240 bytes, not beginning with a dot, no
 * '/', and as text_is_name has it. The rest of NAME_MAX is for versions. */
#define HANDIN_NAME_MAX 240
bool handin_name_valid(const char *name);

/* Begins a hand-in of `length` bytes: handin->fd is open to write, and handin_drop must follow.
 * client and name stay the caller's. Returns 0, or -1 with errno and nothing to drop: EFBIG (more
 * than one file may have), EDQUOT (the client's bytes), EMFILE (the client's files), ENOSPC (all
 * bytes, or the disk). */
int handin_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                 const char *name, uint64_t length);

/* Whether handin_begin would succeed now, so that a client need not read a file that is too large.
 * A file of that name and length is there: it may be the same one, for which no limit holds.
 * Returns 0, or -1 with errno as handin_begin. */
int handin_ask(const struct inbox *inbox, const char *client, const char *name, uint64_t length);

/* Opens the file that has this name now, to read, and fills *st (fstat(2)). Returns a descriptor,
 * the caller's, or -1 with errno. */
int handin_open_earlier(const struct inbox *inbox, const char *client, const char *name,
                        struct stat *st);

/* The file is whole: writes it to the disk (fsync(2)) and gives it its name. *kept tells whether
 * there was an earlier file, which is kept as a version. Returns 0, or -1 with errno and nothing
 * changed. */
int handin_keep(struct handin *handin, bool *kept);

/* Closes all that handin_begin opened, and removes the file unless handin_keep has named it. */
void handin_drop(struct handin *handin);

#endif
