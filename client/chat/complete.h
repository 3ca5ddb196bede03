/* Tab: completes the word before the cursor, which is a request, a command, a name, or a file of
 * the server or of this machine. */
#ifndef CLIENT_CHAT_COMPLETE_H
#define CLIENT_CHAT_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/chat/room.h"
#include "client/terminal/columns.h"
#include "client/terminal/editor.h"

/* All zero: no files are known. */
struct complete {
    struct table files; /* the server's files in `directory`; owned by the caller */
    char directory[PROTOCOL_REQUEST_MAX + 1]; /* ends in '/', or is "": the shared one */
    struct table matches;                     /* what the word may become */
};

/* Whether the word is a file of the server. */
bool complete_asks(const struct editor *editor);

/* If the word is a file of the server: sets the directory and clears the files; the caller then
 * adds the files of that directory. A caller that skips this call gets the files of the last time.
 * */
bool complete_begin(struct complete *complete, const struct editor *editor);

/* Completes the word as far as all matches agree. True: there are several and nothing could be
 * added, so the caller shows and then clears complete->matches. */
bool complete_word(struct complete *complete, struct editor *editor, const struct room *room);

void complete_free(struct complete *complete);

#endif
