/* Pasted text: collected until the paste ends, then read line by line. */
#ifndef CLIENT_CHAT_PASTE_H
#define CLIENT_CHAT_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/limits.h"
#include "client/terminal/keys.h"
#include "server/wire/protocol.h"

struct paste {
    char text[PASTE_MAX + 1];
    size_t used;
    bool open;     /* between KEY_PASTE and KEY_PASTE_END */
    bool refused;  /* this paste is dropped */
    bool too_long; /* text holds only the beginning */
};

enum paste_kind {
    PASTE_REFUSED,
    PASTE_TOO_LONG,      /* more than PASTE_MAX bytes */
    PASTE_LINE_TOO_LONG, /* a line has more than PROTOCOL_REQUEST_MAX bytes */
    PASTE_LINE,          /* one line, or none */
    PASTE_LINES,         /* several */
};

/* Starts a paste. refused: the pasted text is dropped. */
void paste_begin(struct paste *paste, bool refused);

/* Takes a key of the paste. True: the key was KEY_PASTE_END, and the paste has ended. */
bool paste_take(struct paste *paste, enum stroke stroke, const char *bytes, size_t size);

/* Ends a paste whose end does not come. dropped: its text is forgotten. */
void paste_end(struct paste *paste, bool dropped);

/* The kind of the paste, and its number of non-empty lines. */
enum paste_kind paste_kind(const struct paste *paste, size_t *lines);

/* Copies the next non-empty line from *at on (0: the first), and moves *at past that line. False:
 * there is none. */
bool paste_next(const struct paste *paste, size_t *at, char line[PROTOCOL_REQUEST_MAX + 1]);

#endif
