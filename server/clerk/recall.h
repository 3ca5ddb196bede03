/* Reading the journal at the start of a clerk: whether it is one, what was open, and what the table
 * should know of it. */
#ifndef SERVER_CLERK_RECALL_H
#define SERVER_CLERK_RECALL_H

#include "server/clerk/book.h"
#include "server/clerk/file.h"
#include "shm/table/types.h"

/* Reads the file into the book, and (table not NULL) into the table, and cuts off a torn last line.
 * An empty file is a journal. *damaged: lines that are none. Returns 0, or -1 with errno: EINVAL
 * where the file is no journal, and is left as it is. */
int recall(struct book *book, struct file *file, struct table *table, uint64_t *damaged);

#endif
