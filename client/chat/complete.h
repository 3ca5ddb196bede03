/* Tab: completes the word before the cursor, which is a request, a command, a name, or a file of
 * the server or of this machine. */
#ifndef CLIENT_CHAT_COMPLETE_H
#define CLIENT_CHAT_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/chat/room.h"
#include "client/terminal/columns.h"
#include "client/terminal/editor.h"

/* Zeros know no files. */
struct complete {
    struct table files; /* what the server has in this directory; the caller's */
    char directory[PROTOCOL_REQUEST_MAX + 1]; /* ends in '/', or is "": the shared one */
    struct table matches;                     /* what the word may become */
};

/* Whether the word is a file of the server. */
bool complete_asks(const struct editor *editor);

/* If the word is a file of the server: sets the directory, and forgets the files that are known;
 * the caller then adds those that the server has there. Without that the files of the last time are
 * used.
 */
bool complete_begin(struct complete *complete, const struct editor *editor);

/* Completes the word as far as its matches agree. True: they agree no further, and
 * complete->matches is to be shown; the caller clears it. */
bool complete_word(struct complete *complete, struct editor *editor, const struct room *room);

void complete_free(struct complete *complete);

#endif
