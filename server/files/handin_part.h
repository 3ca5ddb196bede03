/* What came of a hand-in that broke off: the part, a file ".part-..." in the inbox. It is the file
 * that the hand-in writes from its first byte on, locked (fcntl(2)) while a handler does, so
 * whatever dies, the bytes that came are there and nobody waits. Its name is a digest of the
 * client's name, of the file's name and length, and of the digest that the client announced: nobody
 * continues or spoils a part of another name. A part never gets a final name unless all of it has
 * that digest.
 *
 * Disk space is allocated ahead of the bytes, at most LIMIT_INBOX_AHEAD of zeros. A handler that
 * ends cuts them off; after one that was killed they are recognised by being zeros. */
#ifndef SERVER_FILES_HANDIN_PART_H
#define SERVER_FILES_HANDIN_PART_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The name of a part. The bytes after the prefix are a digest of the client's name, the rest is one
 * of everything. */
#define HANDIN_PART_CLIENT    16 /* hexadecimal digits */
#define HANDIN_PART_FILE      32
#define HANDIN_PART_NAME_SIZE (sizeof ".part--" + HANDIN_PART_CLIENT + HANDIN_PART_FILE)
void handin_part_name(char to[HANDIN_PART_NAME_SIZE], const char *client, const char *name,
                      uint64_t length, const char *hex);

/* Whether this is the name of a part, and whether it is one of the same client. */
bool handin_part_is_named(const char *name);
bool handin_part_is_of_client(const char *part, const char *other);

/* Whether the daemon made this file in the inbox: a regular one of this user, with one name and the
 * mode that unfinished files have. */
#define HANDIN_PART_MODE 0600
bool handin_part_is_made(const struct stat *st);

/* Opens the part to read and write, or makes it, and locks it for this process; closing any
 * descriptor of it ends that. Returns the descriptor, or -1 with errno: EBUSY while another process
 * has it, EEXIST if something else has the name. */
int handin_part_open(int inbox, const char *part);

/* How many bytes came: the file's size but for trailing zeros, which may only be allocated. -1: it
 * cannot be read. */
int64_t handin_part_received(int fd);

/* Whether it is a part that nobody writes to; fills *st. Not for a part that this process has open.
 */
bool handin_part_is_idle(int inbox, const char *part, struct stat *st);

/* Removes a part that nobody writes to. Not for one that this process has open. Returns 0 or -1. */
int handin_part_remove(int inbox, const char *part);

/* Removes the part, if it is older than `seconds` and nobody writes to it. A time in the future,
 * from before the clock was set back, becomes the present. */
void handin_part_expire(int inbox, const char *part, unsigned long seconds);

#endif
