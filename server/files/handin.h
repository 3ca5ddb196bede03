/* One file that a client hands in. It arrives under a name that no client can give, and gets its
 * own name, CLIENT/NAME in the inbox, when it is whole. An earlier file of that name becomes
 * NAME.~1~,
 * .~2~ and so on. Whether there is room for all of it shows before the first byte comes, unless
 * others fill the disk meanwhile; space is allocated LIMIT_INBOX_AHEAD before the bytes (quota.h).
 * What breaks off is removed, or kept as a part, from which the same client goes on
 * (handin_part.h). */
#ifndef SERVER_FILES_HANDIN_H
#define SERVER_FILES_HANDIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "server/files/handin_part.h"
#include "server/files/inbox.h"

struct handin {
    const struct inbox *inbox;
    const char *client, *name;
    int directory;                          /* the client's; -1: closed, or not made yet */
    int fd;                                 /* the file being received; -1: closed */
    char part[HANDIN_PART_NAME_SIZE];       /* the name that a part of it has */
    char unfinished[HANDIN_PART_NAME_SIZE]; /* its name in the inbox until it is kept; then "" */
    bool is_part;                           /* what came is kept if it breaks off */
    uint64_t length;                        /* bytes, as announced */
    uint64_t received;                      /* bytes that are in the file */
    uint64_t allocated;                     /* bytes for which the file has space */
    bool new_directory;                     /* it was made for this file */
};

/* Begins a hand-in of `length` bytes: handin_write takes them, and handin_end must follow. client
 * and name stay the caller's. part_of: the digest that was announced, if what comes is to be kept
 * when it breaks off, or NULL; then handin->received tells how much was kept before, and those
 * bytes can be read from handin->fd with pread(2). Returns 0, or -1 with errno and nothing to end:
 * EFBIG (more than one file may have), EDQUOT (the client's bytes), EMFILE (the client's files),
 * ENOSPC (all bytes, or the disk), EBUSY (another process writes the part). */
int handin_begin(const struct inbox *inbox, struct handin *handin, const char *client,
                 const char *name, uint64_t length, const char *part_of);

/* Forgets the bytes that were kept before. Returns 0, or an errno. */
int handin_restart(struct handin *handin);

/* Adds the next bytes, at most as many as are announced. Returns 0, or an errno: ENOSPC, if there
 * is no room for them. */
int handin_write(struct handin *handin, const void *data, size_t size);

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

/* Closes all that handin_begin opened. Unless handin_keep has named the file, it is removed, or if
 * it may be kept as a part and `keeps` is true, cut to what has come. */
void handin_end(struct handin *handin, bool keeps);

#endif
