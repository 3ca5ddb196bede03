/* Notes become lines: whether a note is believed, what its line says, and what of it was written
 * before. */
#ifndef SERVER_CLERK_WRITER_H
#define SERVER_CLERK_WRITER_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/clerk/book.h"
#include "server/clerk/file.h"
#include "server/journal.h"

struct writer {
    struct book book;
    struct file file;
    uint64_t lost;          /* lines that did not fit; the caller counts and clears them */
    struct entry_text line; /* the one that is being put together */
};

/* A note of the parent's. Does nothing where it was written before. */
void writer_take_parents(struct writer *writer, const struct journal_note *note);

/* A note of the process `from` (-1: the system did not say). Returns JOURNAL_IS_DONE where a line
 * waits in the file, or was written before; JOURNAL_IS_UNKNOWN or JOURNAL_IS_REFUSED where there is
 * none. */
enum journal_word writer_take_handlers(struct writer *writer, const struct journal_note *note,
                                       pid_t from);

/* The daemon is gone: closes the sessions that are open. at_last: with the time of the last line,
 * because nobody knows how long they lived after that; else now. */
void writer_close_all(struct writer *writer, bool at_last);

/* The first lines of a file: the version, and where it goes on from an earlier file. */
void writer_begin_file(struct writer *writer, const char *room);
void writer_continue(struct writer *writer);

/* Says that the daemon lives. */
void writer_say_alive(struct writer *writer);

#endif
